//! What the address says after `#`, read and written. Pure.
//!
//! `#m=rot&img=3&pose=0,0,0;0,0.5,0&lens=where&w=no-action&les=next`: readable, only what differs
//! from the defaults, and never a silent change: what is unknown or out of range becomes a
//! [`Notice`] that the page shows.

use super::lens::Lens;
use super::state::Weights;
use crate::protocol::PRESETS;
use crate::scenery::Mode;
use crate::scenery::lesion::Lesion;

/// Version of the address's words.
const VERSION: &str = "1";

/// Most looks that an address replays.
const LOOKS_MAX: usize = 64;

/// Scenes that teach.
pub const N_SCENES: usize = 6;

/// Largest number of a picture or object; the world wraps around long before.
const SUBJECT_MAX: usize = 9_999;

/// Which engine the visitor insists on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineChoice {
    /// WebGPU when it is there and real, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// WebGPU, even a software adapter.
    Gpu,
}

impl EngineChoice {
    /// Its word in an address.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Gpu => "gpu",
        }
    }

    /// The choice of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Auto, Self::Cpu, Self::Gpu].into_iter().find(|choice| choice.word() == word)
    }
}

/// A part of the page that a link can hide or lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// The choice of world and the header's buttons.
    Header,
    /// The choice of lens.
    Lenses,
    /// The choices of weights and lesion.
    Lesion,
    /// The random trials.
    Trials,
    /// The path.
    Path,
    /// Training.
    Train,
    /// Files.
    Files,
}

impl Panel {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Header,
        Self::Lenses,
        Self::Lesion,
        Self::Trials,
        Self::Path,
        Self::Train,
        Self::Files,
    ];

    /// Its word in an address and on the page's elements.
    pub fn word(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Lenses => "lenses",
            Self::Lesion => "lesion",
            Self::Trials => "trials",
            Self::Path => "path",
            Self::Train => "train",
            Self::Files => "files",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|panel| panel.word() == word)
    }
}

/// Something about an address that the visitor should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// This key means nothing here.
    Unknown(String),
    /// This pair cannot be read and is left out.
    Unreadable(String),
    /// This pair was brought into range.
    Clamped(String),
    /// The address is of another version of the page.
    Version(String),
    /// A checkpoint of another site, which the page does not fetch.
    Foreign(String),
}

/// The address as settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Address {
    /// `engine=cpu|gpu`.
    pub engine: EngineChoice,
    /// `m=sac|rot`.
    pub mode: Mode,
    /// `train=1`: with the panel open.
    pub train: bool,
    /// `preset=nano|tiny|small`.
    pub preset: Option<String>,
    /// `seed=7`.
    pub seed: Option<u64>,
    /// `ck=checkpoints/mine.safetensors`: a checkpoint beside the page instead of the shipped one.
    pub checkpoint: Option<String>,
    /// `img=3`, the picture or object by number.
    pub subject: Option<usize>,
    /// `w=full|no-action|untrained`.
    pub weights: Weights,
    /// `les=none|next|past|shuffled|views|order`.
    pub lesion: Lesion,
    /// `lens=where`.
    pub lens: Lens,
    /// `fx=48.52,30.70`: fixations as row.column in pixels. `pose=0,0.5,0;…`: poses as the imaginary
    /// part of a unit quaternion whose real part is not negative. Oldest first.
    pub looks: Vec<Vec<f32>>,
    /// `next=22.60` or `next=0,0.5,0`: where to aim after those.
    pub next: Option<Vec<f32>>,
    /// `hide=train,files`: left away.
    pub hide: Vec<Panel>,
    /// `lock=lesion`: shown, but not to be changed.
    pub lock: Vec<Panel>,
    /// `hard=1`: other objects are among the candidates.
    pub hard: bool,
    /// `steps=500`, `bs=16`, `lr=3e-4`: of a run, instead of the preset's.
    pub steps: Option<u64>,
    /// Sequences a step.
    pub batch: Option<usize>,
    /// Peak learning rate.
    pub learning_rate: Option<f64>,
    /// `learn=1`…`6`: the scene that is told.
    pub scene: Option<usize>,
    /// `embed=stage`: the stage alone, for a frame in another page.
    pub embed: bool,
}

/// Reads the part of the address after `#`.
pub fn parse(hash: &str) -> (Address, Vec<Notice>) {
    let mut address = Address::default();
    let mut notices = Vec::new();
    for pair in hash.trim_start_matches('#').split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if let Some(notice) = address.take(key, value) {
            notices.push(notice(pair.to_owned()));
        }
    }
    (address, notices)
}

/// What became of a pair, given its text.
type Told = fn(String) -> Notice;

impl Address {
    fn take(&mut self, key: &str, value: &str) -> Option<Told> {
        let read = match key {
            "v" if value == VERSION => true,
            "v" => return Some(Notice::Version),
            "engine" => keep(&mut self.engine, EngineChoice::of_word(value)),
            "m" => keep(&mut self.mode, mode(value)),
            "train" => keep(&mut self.train, flag(value)),
            "embed" => keep(&mut self.embed, (value == "stage").then_some(true)),
            "preset" => keep(&mut self.preset, preset(value)),
            "seed" => keep(&mut self.seed, value.parse().ok().map(Some)),
            // The page's policy lets it fetch from its own origin alone.
            "ck" if value.contains(':') || value.starts_with('/') => return Some(Notice::Foreign),
            "ck" => keep(&mut self.checkpoint, (!value.is_empty()).then(|| Some(value.to_owned()))),
            "hard" => keep(&mut self.hard, flag(value)),
            "steps" => keep(&mut self.steps, value.parse().ok().filter(|n| *n > 0).map(Some)),
            "bs" => keep(&mut self.batch, value.parse().ok().filter(|n| *n > 0).map(Some)),
            "lr" => keep(&mut self.learning_rate, power(value).map(Some)),
            "learn" => {
                let Ok(scene) = value.parse::<usize>() else { return Some(Notice::Unreadable) };
                self.scene = Some(scene.clamp(1, N_SCENES));
                return (self.scene != Some(scene)).then_some(Notice::Clamped as Told);
            }
            "img" => return self.take_subject(value),
            "w" => keep(&mut self.weights, shipped(value)),
            "les" => keep(&mut self.lesion, Lesion::of_word(value)),
            "lens" => keep(&mut self.lens, Lens::of_word(value)),
            "fx" | "pose" => return self.take_looks(key, value),
            "next" => keep(&mut self.next, state(value).map(Some)),
            "hide" => keep(&mut self.hide, panels(value)),
            "lock" => keep(&mut self.lock, panels(value)),
            _ => return Some(Notice::Unknown),
        };
        (!read).then_some(Notice::Unreadable as Told)
    }

    fn take_subject(&mut self, value: &str) -> Option<Told> {
        let Ok(number) = value.parse::<usize>() else { return Some(Notice::Unreadable) };
        self.subject = Some(number.min(SUBJECT_MAX));
        (number > SUBJECT_MAX).then_some(Notice::Clamped as Told)
    }

    fn take_looks(&mut self, key: &str, value: &str) -> Option<Told> {
        let between = if key == "fx" { ',' } else { ';' };
        let looks: Option<Vec<Vec<f32>>> = value.split(between).map(state).collect();
        let n = if key == "fx" { 2 } else { 3 };
        let Some(mut looks) = looks.filter(|looks| looks.iter().all(|look| look.len() == n)) else {
            return Some(Notice::Unreadable);
        };
        let too_many = looks.len() > LOOKS_MAX;
        looks.truncate(LOOKS_MAX);
        self.looks = looks;
        too_many.then_some(Notice::Clamped as Told)
    }
}

fn keep<T>(place: &mut T, value: Option<T>) -> bool {
    let read = value.is_some();
    if let Some(value) = value {
        *place = value;
    }
    read
}

fn mode(word: &str) -> Option<Mode> {
    match word {
        "sac" => Some(Mode::Saccade),
        "rot" => Some(Mode::Rotate),
        _ => None,
    }
}

fn flag(word: &str) -> Option<bool> {
    match word {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

fn preset(word: &str) -> Option<Option<String>> {
    PRESETS.iter().any(|preset| preset.name == word).then(|| Some(word.to_owned()))
}

fn panels(words: &str) -> Option<Vec<Panel>> {
    words.split(',').map(Panel::of_word).collect()
}

/// Weights that the page has from the start.
fn shipped(word: &str) -> Option<Weights> {
    Weights::of_word(word).filter(|w| !matches!(w, Weights::Opened | Weights::Run))
}

/// `48.52` as a fixation in pixels, `0,0.5,0` as a pose.
fn state(text: &str) -> Option<Vec<f32>> {
    let parts: Vec<&str> = match text.contains(',') {
        true => text.split(',').collect(),
        false => text.split('.').collect(),
    };
    let numbers: Option<Vec<f32>> = parts.iter().map(|part| decimal(part)).collect();
    numbers.filter(|n| (2..=3).contains(&n.len()))
}

/// A number with at most four decimals: what [`four_decimals`] writes. The standard library's own reader
/// of floats would add 10 kB to the page.
fn decimal(text: &str) -> Option<f32> {
    let (sign, digits) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(decimals) || decimals.len() > 4 {
        return None;
    }
    let places = [1.0, 10.0, 100.0, 1000.0, 10_000.0][decimals.len()];
    let whole: u16 = whole.parse().ok()?;
    let decimals: u16 = decimals.parse().ok()?;
    // One division, so that the number is the nearest float, as for a number of the same four decimals.
    Some(sign * (f32::from(whole) * places + f32::from(decimals)) / places)
}

/// The part of an address after `#`, without what is as usual; empty when everything is.
pub fn write(address: &Address) -> String {
    let usual = Address::default();
    let mut pairs: Vec<String> = Vec::new();
    let mut put = |key: &str, value: &str| pairs.push([key, "=", value].concat());
    if address.mode == Mode::Rotate {
        put("m", "rot");
    }
    if let Some(path) = &address.checkpoint {
        put("ck", path);
    }
    if let Some(number) = address.subject.filter(|&number| number > 0) {
        put("img", &number.to_string());
    }
    if !address.looks.is_empty() {
        let looks: Vec<String> = address.looks.iter().map(|look| written(look)).collect();
        match address.mode {
            Mode::Saccade => put("fx", &looks.join(",")),
            Mode::Rotate => put("pose", &looks.join(";")),
        }
    }
    if let Some(next) = &address.next {
        put("next", &written(next));
    }
    if address.lens != usual.lens {
        put("lens", address.lens.word());
    }
    // Weights of a file or a run are not the link's to give.
    if let Some(weights) = shipped(address.weights.word()).filter(|w| *w != usual.weights) {
        put("w", weights.word());
    }
    if address.hard {
        put("hard", "1");
    }
    if address.lesion != usual.lesion {
        put("les", address.lesion.word());
    }
    put_run(address, &mut put);
    if let Some(scene) = address.scene {
        put("learn", &scene.to_string());
    }
    let words = |panels: &[Panel]| panels.iter().map(|p| p.word()).collect::<Vec<_>>().join(",");
    if !address.hide.is_empty() {
        put("hide", &words(&address.hide));
    }
    if !address.lock.is_empty() {
        put("lock", &words(&address.lock));
    }
    if address.embed {
        put("embed", "stage");
    }
    if pairs.is_empty() {
        return String::new();
    }
    ["v=", VERSION, "&", &pairs.join("&")].concat()
}

/// What is asked of a run.
fn put_run(address: &Address, put: &mut impl FnMut(&str, &str)) {
    if address.train {
        put("train", "1");
    }
    if let Some(preset) = &address.preset {
        put("preset", preset);
    }
    if let Some(seed) = address.seed {
        put("seed", &seed.to_string());
    }
    if address.engine != EngineChoice::default() {
        put("engine", address.engine.word());
    }
    if let Some(steps) = address.steps {
        put("steps", &steps.to_string());
    }
    if let Some(batch) = address.batch {
        put("bs", &batch.to_string());
    }
    if let Some(rate) = address.learning_rate {
        put("lr", &as_power(rate));
    }
}

/// A positive number to four digits: a whole number and a power of ten.
fn as_power(value: f64) -> String {
    let mut exponent = -8_i32;
    let mut whole = (value * 1e8).round() as u64;
    while whole > 9_999 || (whole > 0 && whole.is_multiple_of(10)) {
        whole /= 10;
        exponent += 1;
    }
    [whole.to_string().as_str(), "e", &exponent.to_string()].concat()
}

/// `3e-4`, or a decimal.
fn power(text: &str) -> Option<f64> {
    let Some((whole, exponent)) = text.split_once('e') else {
        return decimal(text).map(f64::from).filter(|value| *value > 0.0);
    };
    let (whole, exponent) = (whole.parse::<u32>().ok()?, exponent.parse::<i32>().ok()?);
    let powers = 10_u64.checked_pow(exponent.unsigned_abs())? as f64;
    let value = f64::from(whole);
    let value = if exponent < 0 { value / powers } else { value * powers };
    (value > 0.0).then_some(value)
}

fn written(look: &[f32]) -> String {
    match look.len() {
        2 => look.iter().map(|px| (px.round() as i32).to_string()).collect::<Vec<_>>().join("."),
        _ => look.iter().map(|&v| four_decimals(v)).collect::<Vec<_>>().join(","),
    }
}

/// A number in -1..=1 with at most four decimals.
fn four_decimals(value: f32) -> String {
    let units = (value * 1e4).round() as i32;
    let digits = (10_000 + units.unsigned_abs() % 10_000).to_string();
    let decimals = digits.get(1..).unwrap_or("").trim_end_matches('0');
    let sign = if units < 0 { "-" } else { "" };
    let whole = (units.unsigned_abs() / 10_000).to_string();
    let dot = if decimals.is_empty() { "" } else { "." };
    [sign, &whole, dot, decimals].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(hash: &str) -> Address {
        let (address, notices) = parse(hash);
        assert_eq!(notices, [], "{hash}");
        address
    }

    #[test]
    fn an_empty_address_is_the_default_and_the_default_is_empty() {
        assert_eq!(read(""), Address::default());
        assert_eq!(read("#"), Address::default());
        assert_eq!(write(&Address::default()), "");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let saccade = Address {
            checkpoint: Some("checkpoints/mine.safetensors".to_owned()),
            subject: Some(5),
            weights: Weights::NoAction,
            lesion: Lesion::NextAction,
            looks: vec![vec![48.0, 52.0], vec![16.0, 80.0]],
            next: Some(vec![24.0, 24.0]),
            hide: vec![Panel::Train, Panel::Files],
            lock: vec![Panel::Lesion],
            train: true,
            seed: Some(11),
            preset: Some("tiny".to_owned()),
            steps: Some(500),
            batch: Some(16),
            learning_rate: Some(3e-4),
            scene: Some(6),
            engine: EngineChoice::Gpu,
            embed: true,
            ..Address::default()
        };
        assert_eq!(
            write(&saccade),
            "v=1&ck=checkpoints/mine.safetensors&img=5&fx=48.52,16.80&next=24.24&w=no-action&les=next&train=1&preset=tiny&seed=11&engine=gpu&steps=500&bs=16&lr=3e-4&learn=6&hide=train,files&lock=lesion&embed=stage"
        );
        assert_eq!(read(&write(&saccade)), saccade);
        let poses = vec![vec![0.0, 0.0, 0.0], vec![-0.0123, 1.0, 0.5]];
        let rotate = Address { mode: Mode::Rotate, looks: poses, hard: true, ..Address::default() };
        assert_eq!(write(&rotate), "v=1&m=rot&pose=0,0,0;-0.0123,1,0.5&hard=1");
        assert_eq!(read(&write(&rotate)), rotate);
    }

    #[test]
    fn decimals_are_read_as_they_are_written() {
        for units in -10_000..=10_000 {
            let value = units as f32 / 1e4;
            assert_eq!(decimal(&four_decimals(value)), Some(value));
        }
        for nonsense in ["", "-", ".5", "1.", "1e3", "+1", "0.12345", "99999", "nan", "1.-2"] {
            assert_eq!(decimal(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn rates_are_whole_numbers_of_a_power_of_ten() {
        for (rate, text) in [(3e-4, "3e-4"), (1.5e-3, "15e-4"), (1.0, "1e0"), (0.012_34, "1234e-5")]
        {
            assert_eq!((as_power(rate).as_str(), power(text)), (text, Some(rate)));
        }
        assert_eq!(power("0.0003"), Some(f64::from(0.0003_f32)));
        for nonsense in ["", "e", "3e", "e-4", "0e-4", "3e-99", "-3e-4", "3e-4e1", "lots"] {
            assert_eq!(power(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn weights_of_a_file_are_not_in_a_link() {
        let opened = Address { weights: Weights::Opened, ..Address::default() };
        assert_eq!(write(&opened), "");
        assert_eq!(parse("#w=opened").1, [Notice::Unreadable("w=opened".to_owned())]);
    }

    #[test]
    fn what_is_unknown_unreadable_or_out_of_range_is_told_and_the_rest_is_read() {
        let (address, notices) = parse("#v=2&m=rot&x=1&seed=many&img=123456&fx=1.2,3&les=all&pose");
        assert_eq!(address.mode, Mode::Rotate);
        assert_eq!((address.seed, address.subject), (None, Some(SUBJECT_MAX)));
        assert!(address.looks.is_empty());
        let told = |notice: Told, pair: &str| notice(pair.to_owned());
        assert_eq!(
            notices,
            [
                told(Notice::Version, "v=2"),
                told(Notice::Unknown, "x=1"),
                told(Notice::Unreadable, "seed=many"),
                told(Notice::Clamped, "img=123456"),
                told(Notice::Unreadable, "fx=1.2,3"),
                told(Notice::Unreadable, "les=all"),
                told(Notice::Unreadable, "pose"),
            ]
        );
        let foreign = parse("#ck=https://example.com/a.safetensors");
        assert_eq!(foreign.0.checkpoint, None);
        assert!(matches!(&foreign.1[..], [Notice::Foreign(_)]));
        let many = ["#fx=", &["16.16"; LOOKS_MAX + 3].join(",")].concat();
        let (address, notices) = parse(&many);
        assert_eq!((address.looks.len(), notices.len()), (LOOKS_MAX, 1));
    }
}

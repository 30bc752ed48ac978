//! A claim's numbers, one a seed, before the gate that they are to meet.
//!
//! Two things make a number uncertain: which held-out things were asked, and which seed was trained.
//! The interval holds both: seeds by Student's t, items by the bootstrap intervals of the measures. All
//! seeds are asked the same items, so that more seeds do not narrow the items' part. Of two numbers
//! the items' parts add up as if they were independent; on the same items they are not, so that
//! intervals are rather too wide.

use super::measures::Value;
use super::report::Summary;
use crate::probe::metrics::mean;
use core::ops::Sub;

/// Half the width of a 95 % interval, in deviations of a normal law.
const NORMAL: f64 = 1.96;

/// The same of Student's law, by degrees of freedom from 1.
const STUDENT: [f64; 9] = [12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26];

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval meets the gate.
    Holds,
    /// None of it does.
    Fails,
    /// Some does, or one seed cannot tell, or the gate cannot be met here, or runs are missing.
    Undecided,
}

impl Verdict {
    /// As the table says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "does not hold",
            Self::Undecided => "undecided",
        }
    }
}

/// A number of one run with the variance that its items give it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) value: f64,
    variance: f64,
}

impl Estimate {
    /// The mean of numbers on the same items, which err together.
    pub(super) fn mean(all: &[Self]) -> Self {
        let deviation = mean(all.iter().map(|one| one.variance.sqrt()));
        Self { value: mean(all.iter().map(|one| one.value)), variance: deviation * deviation }
    }
}

impl From<Value> for Estimate {
    fn from(Value { value, interval }: Value) -> Self {
        let deviation = (interval.high - interval.low) / (2.0 * NORMAL);
        Self { value, variance: deviation * deviation }
    }
}

impl Sub for Estimate {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, variance: self.variance + other.variance }
    }
}

/// Numbers that meet a claim: all from `low` to `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gate {
    low: f64,
    high: f64,
}

impl Gate {
    pub(super) fn at_least(low: f64) -> Self {
        Self { low, high: f64::INFINITY }
    }

    pub(super) fn at_most(high: f64) -> Self {
        Self { low: f64::NEG_INFINITY, high }
    }

    pub(super) fn within(size: f64) -> Self {
        Self { low: -size, high: size }
    }
}

/// How a number is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Differences of R², ranks and the like.
    Plain,
    /// Differences of shares.
    Points,
}

/// Numbers of every seed and the gate that they are to meet.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub(super) values: Vec<Estimate>,
    pub(super) unit: Unit,
    pub(super) gate: Gate,
    /// Why no number could decide.
    pub(super) barred: Option<String>,
    /// The same number of the untrained network, mean over seeds.
    untrained: Option<f64>,
}

impl Finding {
    pub(super) fn new(values: Vec<Estimate>, unit: Unit, gate: Gate) -> Self {
        Self { values, unit, gate, barred: None, untrained: None }
    }

    /// With what the untrained network has, one number a seed: what it has as well, training did not
    /// bring.
    pub(super) fn beside_untrained(mut self, values: &[Estimate]) -> Self {
        self.untrained = (!values.is_empty()).then(|| Estimate::mean(values).value);
        self
    }

    /// Barred where the largest numbers that there was room for, one a seed, decide nothing: they do
    /// not meet the gate, or nothing above it could have been found.
    pub(super) fn with_room(mut self, most: &[f64]) -> Self {
        let most = mean(most.iter().copied());
        let asked = if self.gate.high.is_finite() { self.gate.high } else { self.gate.low };
        if !self.values.is_empty() && most < asked {
            self.barred = Some(format!("room for {} only", self.number(most)));
        }
        self
    }

    /// Mean over seeds and the 95 % interval about it; the items' alone of one seed.
    fn interval(&self) -> Option<[f64; 3]> {
        let values: Vec<f64> = self.values.iter().map(|one| one.value).collect();
        let Summary { mean: middle, deviation, n } = Summary::of(&values)?;
        let items = NORMAL * mean(self.values.iter().map(|one| one.variance)).sqrt();
        let student = n.checked_sub(2).map_or(0.0, |at| STUDENT[at.min(STUDENT.len() - 1)]);
        let seeds = student * deviation / (n as f64).sqrt();
        let half = items.hypot(seeds);
        Some([middle - half, middle, middle + half])
    }

    pub(super) fn verdict(&self) -> Verdict {
        let Some([low, _, high]) = self.interval() else { return Verdict::Undecided };
        if self.barred.is_some() || self.values.len() < 2 {
            return Verdict::Undecided;
        }
        match self.gate {
            gate if gate.low <= low && high <= gate.high => Verdict::Holds,
            gate if high < gate.low || gate.high < low => Verdict::Fails,
            _ => Verdict::Undecided,
        }
    }

    fn number(&self, value: f64) -> String {
        match self.unit {
            Unit::Plain => format!("{value:+.3}"),
            Unit::Points => format!("{:+.1}", 100.0 * value),
        }
    }

    /// The untrained network's number; nothing where it was not asked.
    pub(super) fn untrained_told(&self) -> String {
        self.untrained.map_or_else(String::new, |value| self.number(value))
    }

    pub(super) fn told(&self) -> String {
        let Some([low, middle, high]) = self.interval() else { return "not run".to_owned() };
        let [low, middle, high] = [low, middle, high].map(|value| self.number(value));
        let points = if self.unit == Unit::Points { " points" } else { "" };
        let n = self.values.len();
        let seeds = if n == 1 { "seed" } else { "seeds" };
        let barred = self.barred.as_ref().map_or_else(String::new, |why| format!("; {why}"));
        format!("{middle} [{low}, {high}]{points} ({n} {seeds}{barred})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::metrics::Interval;

    fn estimate(value: f64, half: f64) -> Estimate {
        Value { value, interval: Interval { low: value - half, high: value + half } }.into()
    }

    fn finding(values: &[f64], half: f64) -> Finding {
        let values = values.iter().map(|&value| estimate(value, half)).collect();
        Finding::new(values, Unit::Plain, Gate::at_least(0.0))
    }

    #[test]
    fn the_whole_interval_has_a_say() {
        assert_eq!(finding(&[0.1, 0.1], 0.05).verdict(), Verdict::Holds);
        assert_eq!(finding(&[-0.1, -0.1], 0.05).verdict(), Verdict::Fails);
        assert_eq!(finding(&[0.1, 0.1], 0.15).verdict(), Verdict::Undecided, "items");
        assert_eq!(finding(&[0.01, 0.2], 0.0).verdict(), Verdict::Undecided, "seeds");
        assert_eq!(finding(&[0.1], 0.05).verdict(), Verdict::Undecided, "one seed");
        assert_eq!(finding(&[], 0.0).verdict(), Verdict::Undecided, "none");
        let gated = |gate| Finding { gate, ..finding(&[0.1, 0.1], 0.05) }.verdict();
        assert_eq!(gated(Gate::at_most(0.0)), Verdict::Fails);
        assert_eq!(gated(Gate::within(0.2)), Verdict::Holds);
        assert_eq!(gated(Gate::within(0.02)), Verdict::Fails);
    }

    #[test]
    fn an_interval_by_hand() {
        // Three seeds of mean 2 and deviation 1: 4.30 / √3 = 2.483; with items of half width 1
        // √(2.483² + 1) = 2.677.
        let [low, middle, high] = finding(&[1.0, 2.0, 3.0], 1.0).interval().expect("three seeds");
        assert_eq!(middle, 2.0);
        assert!((high - 4.677).abs() < 1e-3 && (low + 0.677).abs() < 1e-3, "{low} {high}");
        let told = finding(&[0.5], 0.25).told();
        assert_eq!(told, "+0.500 [+0.250, +0.750] (1 seed)");
        let points = Finding { unit: Unit::Points, ..finding(&[0.5, 0.5], 0.25) }.told();
        assert_eq!(points, "+50.0 [+25.0, +75.0] points (2 seeds)");
    }

    #[test]
    fn differences_of_independent_numbers_are_wider() {
        let both = estimate(0.9, 0.03) - estimate(0.5, 0.04);
        assert!((both.value - 0.4).abs() < 1e-12);
        assert!((NORMAL * both.variance.sqrt() - 0.05).abs() < 1e-12);
        let mean = Estimate::mean(&[estimate(1.0, 0.03), estimate(3.0, 0.05)]);
        assert!((NORMAL * mean.variance.sqrt() - 0.04).abs() < 1e-12 && mean.value == 2.0);
    }

    #[test]
    fn what_cannot_be_met_is_not_decided() {
        let found = Finding { gate: Gate::at_least(0.2), ..finding(&[0.03, 0.03], 0.01) };
        assert_eq!(found.clone().verdict(), Verdict::Fails);
        let barred = found.clone().with_room(&[0.08, 0.08]);
        assert_eq!(barred.verdict(), Verdict::Undecided);
        assert!(barred.told().ends_with("(2 seeds; room for +0.080 only)"));
        assert_eq!(found.with_room(&[0.3, 0.2]).verdict(), Verdict::Fails);
        // No difference was found, nor could one be.
        let same = Finding { gate: Gate::within(0.02), ..finding(&[0.0, 0.0], 0.01) };
        assert_eq!(same.clone().with_room(&[0.1, 0.1]).verdict(), Verdict::Holds);
        assert_eq!(same.with_room(&[0.005, 0.005]).verdict(), Verdict::Undecided);
    }

    #[test]
    fn the_untrained_network_stands_beside() {
        let found = finding(&[0.1, 0.1], 0.05);
        assert_eq!(found.untrained_told(), "");
        let beside = found.beside_untrained(&[estimate(0.2, 0.1), estimate(0.1, 0.1)]);
        assert_eq!(
            (beside.untrained_told().as_str(), beside.verdict()),
            ("+0.150", Verdict::Holds)
        );
    }
}

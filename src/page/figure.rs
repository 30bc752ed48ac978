//! Drawings as SVG: marks on a plane, the same as a table, and both to take along.
//!
//! Marks are written as markup, not as views: a plot of hundreds of points is one string then, and
//! costs the page no code of its own.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::browser;
use super::text;
use crate::page::erased::on;

/// Height of the caption in a file, in the drawing's own units.
const CAPTION: f32 = 36.0;

/// What a file keeps of the style sheet.
const INKS: [&str; 8] = [
    "fill",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "opacity",
    "font-size",
    "font-family",
    "text-anchor",
];

/// A drawing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    width: f32,
    height: f32,
    marks: String,
    /// What it shows, in words.
    pub caption: String,
    /// Names of the table's columns.
    pub head: Vec<String>,
    /// The table's rows.
    pub rows: Vec<Vec<String>>,
}

/// A place in a drawing.
pub type At = (f32, f32);

impl Figure {
    /// An empty plane.
    pub fn new(width: f32, height: f32) -> Self {
        Self { width, height, ..Self::default() }
    }

    /// A disc.
    pub fn disc(&mut self, class: &str, (x, y): At, r: f32) {
        let numbers = [("cx", x), ("cy", y), ("r", r)];
        self.mark("circle", class, &numbers, "");
    }

    /// A triangle that points up, or down when `r` is negative.
    pub fn triangle(&mut self, class: &str, (x, y): At, r: f32) {
        self.area(class, &[(x, y - r), (x + r, y + 0.8 * r), (x - r, y + 0.8 * r)]);
    }

    /// A mark for the `kind`-th class: another shape for each.
    pub fn shape(&mut self, class: &str, kind: usize, (x, y): At, r: f32) {
        match kind % 5 {
            0 => self.disc(class, (x, y), r),
            1 => self.triangle(class, (x, y), 1.2 * r),
            2 => {
                self.area(class, &[(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]);
            }
            3 => {
                let s = 1.3 * r;
                self.area(class, &[(x, y - s), (x + s, y), (x, y + s), (x - s, y)]);
            }
            _ => self.triangle(class, (x, y), -1.2 * r),
        }
    }

    /// An open line.
    pub fn line(&mut self, class: &str, points: &[At]) {
        self.mark("polyline", class, &[], &pairs(points));
    }

    /// A closed area.
    pub fn area(&mut self, class: &str, points: &[At]) {
        self.mark("polygon", class, &[], &pairs(points));
    }

    /// A rectangle.
    pub fn rect(&mut self, class: &str, (x, y): At, (width, height): At) {
        self.mark("rect", class, &[("x", x), ("y", y), ("width", width), ("height", height)], "");
    }

    /// Words; `anchor` is `start`, `middle` or `end`.
    pub fn words(&mut self, (x, y): At, anchor: &str, words: &str) {
        let at = [" x=\"", &text::number(x, 1), "\" y=\"", &text::number(y, 1)].concat();
        let open = ["<text", &at, "\" text-anchor=\"", anchor, "\">"].concat();
        self.marks.push_str(&[&open, &text::escaped(words), "</text>"].concat());
    }

    fn mark(&mut self, tag: &str, class: &str, numbers: &[(&str, f32)], points: &str) {
        self.marks.push_str(&["<", tag, " class=\"", class, "\""].concat());
        for (name, value) in numbers {
            self.marks.push_str(&[" ", name, "=\"", &text::number(*value, 1), "\""].concat());
        }
        if !points.is_empty() {
            self.marks.push_str(&[" points=\"", points, "\""].concat());
        }
        self.marks.push_str("/>");
    }

    /// The drawing as markup, `below` units higher than its plane.
    fn markup(&self, below: f32, more: &str) -> String {
        if self.marks.is_empty() {
            return String::new();
        }
        let size =
            [text::number(self.width, 0), " ".to_owned(), text::number(self.height + below, 0)]
                .concat();
        [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"drawn\" role=\"img\" viewBox=\"0 0 ",
            &size,
            "\" aria-label=\"",
            &text::escaped(&self.caption),
            "\">",
            &self.marks,
            more,
            "</svg>",
        ]
        .concat()
    }
}

fn pairs(points: &[At]) -> String {
    let pair = |&(x, y): &At| [text::number(x, 1), text::number(y, 1)].join(",");
    points.iter().map(pair).collect::<Vec<_>>().join(" ")
}

/// A table as markup.
pub fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let row = |tag: &str, cells: &[String]| {
        let cell = |cell: &String| ["<", tag, ">", &text::escaped(cell), "</", tag, ">"].concat();
        ["<tr>".to_owned(), cells.iter().map(cell).collect(), "</tr>".to_owned()].concat()
    };
    let body: String = rows.iter().map(|cells| row("td", cells)).collect();
    let head = match head.is_empty() {
        true => String::new(),
        false => ["<thead>", &row("th", head), "</thead>"].concat(),
    };
    [&head, "<tbody>", &body, "</tbody>"].concat()
}

/// A drawing that is made once a change, however many read it.
pub fn drawn(make: impl Fn() -> Figure + Send + Sync + 'static) -> Signal<Figure> {
    Memo::new(move |_| make()).into()
}

/// A drawing on the page, under it its table and a way to take it along.
#[component]
pub fn Drawing(
    /// The drawing; an empty one while there is none.
    figure: Signal<Figure>,
    /// Its name for scripts and files.
    id: &'static str,
) -> impl IntoView {
    let plane = NodeRef::<Div>::new();
    let save = move |_| {
        if let Some(plane) = plane.get_untracked() {
            figure.with_untracked(|figure| take(figure, &plane, id));
        }
    };
    view! {
        <figure class="drawing" data-testid=id>
            <div node_ref=plane inner_html=move || figure.with(|f| f.markup(0.0, ""))></div>
            <details hidden=move || figure.with(|f| f.rows.is_empty())>
                <summary>{text::TABLE}</summary>
                <table inner_html=move || figure.with(|f| table(&f.head, &f.rows))></table>
                <button type="button" data-testid=["svg-", id].concat() on:click=on(save)>
                    {text::SAVE_SVG}
                </button>
            </details>
        </figure>
    }
}

/// Saves a drawing with the colors of now and its caption under it.
fn take(figure: &Figure, plane: &web_sys::HtmlDivElement, id: &str) {
    let words = |line: &str, down: f32| {
        let mut caption = Figure::new(figure.width, 0.0);
        caption.words((8.0, figure.height + down), "start", line);
        caption.marks
    };
    let caption: String = wrapped(&figure.caption, (figure.width / 5.2) as usize)
        .iter()
        .zip([14.0, 28.0])
        .map(|(line, down)| words(line, down))
        .collect();
    let shown = plane.inner_html();
    plane.set_inner_html(&figure.markup(CAPTION, &caption));
    if let Ok(marks) = plane.query_selector_all("svg *") {
        for mark in (0..marks.length()).filter_map(|i| marks.item(i)) {
            browser::keep_style(&mark, &INKS);
        }
    }
    let file = plane.inner_html();
    plane.set_inner_html(&shown);
    let id = id.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    // A browser that refuses says so itself.
    browser::download(&["seq-jepa-", &id, ".svg"].concat(), file.as_bytes()).ok();
}

/// Saves a drawing that is not on the page.
pub fn save_alone(figure: &Figure, id: &str) {
    let Ok(plane) = document().create_element("div") else { return };
    let Some(body) = document().body() else { return };
    // Styles are those of the page, so it has to be on the page for a moment.
    if body.append_child(&plane).is_ok() {
        take(figure, plane.unchecked_ref(), id);
        plane.remove();
    }
}

/// Words in lines of at most `width` letters.
fn wrapped(words: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split(' ') {
        let line = lines.last_mut().expect("one line at least");
        if !line.is_empty() && line.len() + word.len() >= width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

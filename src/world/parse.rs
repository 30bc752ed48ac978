//! Mesh files as text: OFF and OBJ. Whoever read the file hands the text in.

use super::color::Rgb;
use super::{Mesh, WorldError};

/// Color of faces and vertices without one.
const GRAY: Rgb = [0.62, 0.62, 0.64];

/// Most vertices and most triangles that a file may have.
const MAX_COUNT: usize = 2_000_000;

/// A mesh from OFF text: `OFF`, then `vertices faces edges`, then `x y z` lines, then faces
/// `n i j k … [R G B]` with indices from 0 and colors 0..=255. Blank lines and `#` comments are
/// skipped. The mesh is normalized to radius 1.
pub fn parse_off(text: &str) -> Result<Mesh, WorldError> {
    let mut lines = Lines::new(text);
    let (line, words) = lines.next_line("the word OFF")?;
    if words[0] != "OFF" {
        return Err(wrong(line, format!("expected OFF, found {:?}", words[0])));
    }
    // Some files have the counts on the first line.
    let (line, counts) = match &words[1..] {
        [] => lines.next_line("the numbers of vertices and faces")?,
        rest => (line, rest.to_vec()),
    };
    let count = |at: usize, name: &str| -> Result<usize, WorldError> {
        let n: usize = number(line, word(line, &counts, at, name)?, name)?;
        if n == 0 || n > MAX_COUNT {
            return Err(wrong(line, format!("{name} must be 1 to {MAX_COUNT}, found {n}")));
        }
        Ok(n)
    };
    let (n_vertices, n_faces) =
        (count(0, "the number of vertices")?, count(1, "the number of faces")?);
    let mut positions = Vec::new();
    for _ in 0..n_vertices {
        let (line, words) = lines.next_line("a vertex x y z")?;
        positions.push(triple(line, &words, "a vertex x y z")?);
    }
    let mut faces = Vec::new();
    for _ in 0..n_faces {
        let (line, words) = lines.next_line("a face")?;
        let n: usize = number(line, words[0], "the number of corners")?;
        if n < 3 || n >= words.len() {
            let found = words.len() - 1;
            return Err(wrong(
                line,
                format!("expected 3 or more corners, found {n} and {found} words"),
            ));
        }
        let mut corners = Vec::with_capacity(n);
        for text in &words[1..=n] {
            corners.push(known(line, number::<usize>(line, text, "a corner")?, n_vertices)?);
        }
        let color = match &words[n + 1..] {
            [] => GRAY,
            rest => triple(line, rest, "a color R G B")?.map(|c| (c / 255.0).clamp(0.0, 1.0)),
        };
        fan(&corners, |triangle| faces.push((triangle, [color; 3])));
    }
    Mesh::from_faces(&positions, &faces)
}

/// A mesh from OBJ text: `v x y z [r g b]` with colors 0..=1, and `f` with corners `i`, `i/t`,
/// `i/t/n` or `i//n`, counted from 1, or backwards with a minus sign. Polygons become fans; all
/// other lines are skipped. The mesh is normalized to radius 1.
pub fn parse_obj(text: &str) -> Result<Mesh, WorldError> {
    let (mut positions, mut colors, mut faces) = (Vec::new(), Vec::new(), Vec::new());
    for (line, words) in Lines::new(text).rest {
        match words[0] {
            "v" => {
                positions.push(triple(line, &words[1..], "a vertex x y z")?);
                colors.push(match words.len() {
                    7.. => triple(line, &words[4..], "a color r g b")?.map(|c| c.clamp(0.0, 1.0)),
                    _ => GRAY,
                });
            }
            "f" if words.len() < 4 => {
                let found = words.len() - 1;
                return Err(wrong(line, format!("expected 3 or more corners, found {found}")));
            }
            "f" => {
                let corners = words[1..]
                    .iter()
                    .map(|text| obj_corner(line, text, positions.len()))
                    .collect::<Result<Vec<u32>, WorldError>>()?;
                fan(&corners, |t| faces.push((t, t.map(|i| colors[i as usize]))));
            }
            _ => {}
        }
        if positions.len().max(faces.len()) > MAX_COUNT {
            return Err(wrong(line, format!("more than {MAX_COUNT} vertices or triangles")));
        }
    }
    Mesh::from_faces(&positions, &faces)
}

/// Index from 0 of the corner `i/t/n`, given how many vertices have come before.
fn obj_corner(line: usize, text: &str, n_vertices: usize) -> Result<u32, WorldError> {
    let first = text.split('/').next().unwrap_or_default();
    let index: i64 = number(line, first, "a corner")?;
    let from_zero = if index < 0 { index + n_vertices as i64 } else { index - 1 };
    match usize::try_from(from_zero) {
        Ok(index) => known(line, index, n_vertices),
        Err(_) => Err(wrong(line, format!("corner {index} is not among {n_vertices} vertices"))),
    }
}

/// Triangles of a polygon, all from its first corner.
fn fan(corners: &[u32], mut triangle: impl FnMut([u32; 3])) {
    for pair in corners[1..].windows(2) {
        triangle([corners[0], pair[0], pair[1]]);
    }
}

fn known(line: usize, index: usize, n_vertices: usize) -> Result<u32, WorldError> {
    match u32::try_from(index) {
        Ok(small) if index < n_vertices => Ok(small),
        _ => {
            Err(wrong(line, format!("corner {index} is not among {n_vertices} vertices (from 0)")))
        }
    }
}

/// Three finite numbers.
fn triple(line: usize, words: &[&str], what: &str) -> Result<[f32; 3], WorldError> {
    let mut values = [0.0_f32; 3];
    for (k, value) in values.iter_mut().enumerate() {
        *value = number(line, word(line, words, k, what)?, what)?;
        if !value.is_finite() {
            return Err(wrong(line, format!("{what}: expected a finite number")));
        }
    }
    Ok(values)
}

fn word<'a>(line: usize, words: &[&'a str], at: usize, what: &str) -> Result<&'a str, WorldError> {
    words.get(at).copied().ok_or_else(|| wrong(line, format!("{what}: the line is too short")))
}

fn number<T: core::str::FromStr>(line: usize, text: &str, what: &str) -> Result<T, WorldError> {
    let parsed = text.parse().ok();
    parsed.ok_or_else(|| wrong(line, format!("{what}: {text:?} is not such a number")))
}

fn wrong(line: usize, what: String) -> WorldError {
    WorldError::Mesh { line, what }
}

/// The lines that say something, with their numbers, in words.
struct Lines<'a> {
    rest: std::vec::IntoIter<(usize, Vec<&'a str>)>,
    n_lines: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        let lines = text.lines().enumerate().map(|(i, line)| {
            let said = line.split('#').next().unwrap_or_default();
            (i + 1, said.split_whitespace().collect::<Vec<&str>>())
        });
        let rest: Vec<_> = lines.filter(|(_, words)| !words.is_empty()).collect();
        Self { rest: rest.into_iter(), n_lines: text.lines().count() }
    }

    fn next_line(&mut self, what: &str) -> Result<(usize, Vec<&'a str>), WorldError> {
        self.rest.next().ok_or_else(|| {
            wrong(self.n_lines, format!("expected {what}, found the end of the file"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFF: &str = "OFF # a pyramid's two sides\n4 2 0\n0 0 0\n2 0 0\n0 2 0\n\n0 0 2\n\
                       3 0 1 2 255 0 51\n3 0 2 3\n";

    #[test]
    fn off_files_have_colors_by_face() {
        let mesh = parse_off(OFF).expect("a good file");
        assert_eq!(mesh.triangles.len(), 2);
        assert_eq!(mesh.colors[0], [1.0, 0.0, 0.2]);
        assert_eq!(mesh.colors[3], GRAY);
        // The sides meet at a right angle: their normals stay apart.
        assert_eq!(mesh.normals[0].map(f32::abs), [0.0, 0.0, 1.0]);
        assert_eq!(mesh.normals[3].map(f32::abs), [1.0, 0.0, 0.0]);
    }

    #[test]
    fn obj_files_have_many_ways_to_name_a_corner() {
        let vertices = "v 0 0 0 1 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvn 0 0 1\n";
        for face in ["f 1 2 3 4", "f 1/9 2/9 3/9 4/9", "f 1//1 2//1 3/1/1 4", "f -4 -3 -2 -1"] {
            let mesh = parse_obj(&format!("{vertices}{face}\n")).expect(face);
            assert_eq!(mesh.triangles.len(), 2, "{face}");
            assert_eq!(mesh.colors[0], [1.0, 0.0, 0.0]);
        }
    }

    #[test]
    fn winding_does_not_matter_for_normals() {
        let vertices = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n";
        let normals = |faces| parse_obj(&format!("{vertices}{faces}")).expect("good").normals;
        for n in normals("f 1 2 3\nf 1 4 3").iter().chain(&normals("f 1 2 3\nf 1 3 4")) {
            assert_eq!(n.map(f32::abs), [0.0, 0.0, 1.0]);
        }
    }

    #[test]
    fn malformed_files_are_told_with_their_line() {
        let check = |result: Result<Mesh, WorldError>, line: usize| match result {
            Err(WorldError::Mesh { line: found, .. }) => assert_eq!(found, line),
            other => panic!("expected an error in line {line}, found {other:?}"),
        };
        check(parse_off("PLY\n"), 1);
        check(parse_off("OFF\n4\n"), 2);
        check(parse_off("OFF\n0 1 0\n"), 2);
        check(parse_off(&OFF.replace("2 0 0", "2 zero 0")), 4);
        check(parse_off(&OFF.replace("3 0 2 3", "3 0 2 4")), 9);
        check(parse_off(&OFF.replace("3 0 2 3", "7 0 2 3")), 9);
        check(parse_off(&OFF.replace("3 0 2 3", "")), 9);
        check(parse_obj("v 0 0 0\nv 0 nan 0\n"), 2);
        check(parse_obj("v 0 0 0\nf 1 1\n"), 2);
        check(parse_obj("v 0 0 0\n\nf 1 1 2\n"), 3);
        check(parse_obj("v 0 0 0\nf -2 1 1\n"), 2);
        assert!(parse_obj("# nothing\n").is_err());
    }
}

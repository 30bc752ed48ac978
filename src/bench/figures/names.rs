//! Names beside points, none over another or over a point.

use super::SIZE;

/// Left, top, right and bottom in pixels.
type Room = [i32; 4];

/// What of a picture is taken.
#[derive(Default)]
pub(super) struct Names {
    taken: Vec<Room>,
}

/// Height of a name.
const HEIGHT: i32 = 14;

impl Names {
    /// Keeps names off a point.
    pub(super) fn keep_off(&mut self, (x, y): (i32, i32)) {
        self.taken.push([x - 7, y - 7, x + 7, y + 7]);
    }

    /// Where a name's left upper corner goes: as near to its point as there is room. The second is
    /// where a leader from the point would end; `None` of a name that stands right beside it.
    pub(super) fn place(
        &mut self,
        (x, y): (i32, i32),
        name: &str,
    ) -> ((i32, i32), Option<(i32, i32)>) {
        let width = 7 * name.chars().count() as i32;
        let levels = (0..14).flat_map(|step| [-7 - HEIGHT * step, -7 + HEIGHT * step]);
        let spots = levels.flat_map(|level| [9, -9 - width, 40].map(|side| (x + side, y + level)));
        let free = |&(left, top): &(i32, i32)| {
            let fits = left > 70 && left + width < SIZE.0 as i32 - 8 && top > 40;
            let fits = fits && top + HEIGHT < SIZE.1 as i32 - 60;
            fits && self
                .taken
                .iter()
                .all(|other| apart(&[left, top, left + width, top + HEIGHT], other))
        };
        let (left, top) = spots.into_iter().find(free).unwrap_or((x + 9, y - HEIGHT));
        self.taken.push([left, top, left + width, top + HEIGHT]);
        let near = (top + 7 - y).abs() <= HEIGHT && left < x + 20 && left + width > x - 20;
        let end = if left > x { left - 2 } else { left + width + 2 };
        ((left, top), (!near).then_some((end, top + HEIGHT / 2)))
    }
}

fn apart(a: &Room, b: &Room) -> bool {
    a[2] <= b[0] || a[0] >= b[2] || a[3] <= b[1] || a[1] >= b[3]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lie_neither_over_each_other_nor_over_points() {
        let mut names = Names::default();
        let points = [(300, 200), (310, 204), (290, 196), (300, 200), (330, 200), (300, 230)];
        points.iter().for_each(|&point| names.keep_off(point));
        let placed = points.map(|point| names.place(point, "Conditional BYOL").0);
        for (index, &(left, top)) in placed.iter().enumerate() {
            let own = [left, top, left + 7 * 16, top + HEIGHT];
            for &(x, y) in &points {
                assert!(apart(&own, &[x - 7, y - 7, x + 7, y + 7]), "{own:?} over {x}, {y}");
            }
            for &(left, top) in &placed[..index] {
                assert!(apart(&own, &[left, top, left + 7 * 16, top + HEIGHT]), "{own:?}");
            }
        }
    }

    #[test]
    fn a_name_far_off_has_a_leader() {
        let mut names = Names::default();
        assert_eq!(names.place((300, 200), "SIE").1, None);
        for y in [186, 200, 214] {
            (-11..12).for_each(|step| names.keep_off((300 + 10 * step, y)));
        }
        assert!(names.place((300, 200), "SIE").1.is_some());
    }
}

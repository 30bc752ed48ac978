//! What a folder of labeled files holds: which file, which class, which split. Reads lists and
//! names, not the files themselves.

use crate::world::Split;
use std::fs;
use std::path::{Path, PathBuf};

/// Without lists, one file in so many of a class is held out.
const HOLD_OUT_EVERY: usize = 5;

/// Endings of pictures.
pub(super) const PICTURES: &[&str] = &["jpg", "jpeg", "png"];

/// Endings of meshes.
pub(super) const MESHES: &[&str] = &["off", "obj"];

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Its path below the folder.
    pub(super) path: PathBuf,
    /// Index into the class names.
    pub(super) label: usize,
    /// Whether it is held out.
    pub(super) split: Split,
}

/// The files of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listing {
    /// All files, training ones and held-out ones.
    pub(super) items: Vec<Item>,
    /// In order of the alphabet.
    pub(super) class_names: Vec<String>,
}

/// A file before classes have numbers.
struct Found {
    path: PathBuf,
    class: String,
    split: Split,
}

impl Listing {
    /// Pictures: by `train.txt` and `test.txt` (a path a line, the first folder of which is the
    /// class), or one folder a class.
    ///
    /// # Errors
    /// A sentence that names the file, and the line where there is one.
    pub(super) fn of_pictures(folder: &Path) -> Result<Self, String> {
        let lists = [("train.txt", Split::Train), ("test.txt", Split::Val)];
        let present = lists.map(|(name, _)| folder.join(name).is_file());
        match present {
            [false, false] => Self::number(folder, by_class(folder, PICTURES)?),
            [true, true] => {
                let mut found = Vec::new();
                for (name, split) in lists {
                    found.extend(from_list(folder, name, split)?);
                }
                Self::number(folder, found)
            }
            _ => Err(format!(
                "`train.txt` and `test.txt` go together, found only one of them: {}",
                folder.display()
            )),
        }
    }

    /// Meshes: by `manifest.csv`, or one folder a class.
    ///
    /// # Errors
    /// A sentence that names the file, and the line where there is one.
    pub(super) fn of_meshes(folder: &Path) -> Result<Self, String> {
        match folder.join("manifest.csv").is_file() {
            true => Self::number(folder, from_manifest(folder)?),
            false => Self::number(folder, by_class(folder, MESHES)?),
        }
    }

    fn number(folder: &Path, found: Vec<Found>) -> Result<Self, String> {
        for (split, name) in [(Split::Train, "for training"), (Split::Val, "held out")] {
            if found.iter().all(|file| file.split != split) {
                return Err(format!(
                    "no file is {name} (without lists, every fifth of a class is held out): {}",
                    folder.display()
                ));
            }
        }
        let mut class_names: Vec<String> = found.iter().map(|file| file.class.clone()).collect();
        class_names.sort();
        class_names.dedup();
        let items = found.into_iter().map(|Found { path, class, split }| {
            let label = class_names.partition_point(|name| *name < class);
            Item { path, label, split }
        });
        Ok(Self { items: items.collect(), class_names })
    }

    /// How many files a split has.
    pub(super) fn count(&self, split: Split) -> usize {
        self.items.iter().filter(|item| item.split == split).count()
    }
}

/// One folder a class; files that lie in the folder itself are one class with its name.
fn by_class(folder: &Path, endings: &[&str]) -> Result<Vec<Found>, String> {
    let mut found = Vec::new();
    let (folders, files) = entries(folder, endings)?;
    for name in folders {
        let (_, files) = entries(&folder.join(&name), endings)?;
        let below = files.into_iter().map(|file| Path::new(&name).join(file));
        found.extend(hold_out(&name, below));
    }
    if found.is_empty() {
        found.extend(hold_out(&last_name(folder), files.into_iter().map(PathBuf::from)));
    }
    match found.is_empty() {
        true => Err(format!(
            "no {} file, neither here nor one folder deeper: {}",
            endings.join(", "),
            folder.display()
        )),
        false => Ok(found),
    }
}

fn hold_out(class: &str, paths: impl Iterator<Item = PathBuf>) -> Vec<Found> {
    let split = |index: usize| match (index + 1).is_multiple_of(HOLD_OUT_EVERY) {
        true => Split::Val,
        false => Split::Train,
    };
    let found = |(index, path)| Found { path, class: class.to_owned(), split: split(index) };
    paths.enumerate().map(found).collect()
}

/// Names of the folders and of the files with these endings, sorted; hidden ones left out.
fn entries(folder: &Path, endings: &[&str]) -> Result<(Vec<String>, Vec<String>), String> {
    let failed = |why| format!("cannot read the folder ({why}): {}", folder.display());
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = last_name(&path);
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        match path.is_dir() {
            _ if name.starts_with('.') => {}
            true => folders.push(name),
            false if endings.contains(&ending.as_str()) => files.push(name),
            false => {}
        }
    }
    folders.sort();
    files.sort();
    Ok((folders, files))
}

/// The last part of a path, readable.
pub(super) fn last_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A path a line; blank lines are skipped.
fn from_list(folder: &Path, name: &str, split: Split) -> Result<Vec<Found>, String> {
    let list = folder.join(name);
    let mut found = Vec::new();
    for (index, line) in read_text(&list)?.lines().enumerate() {
        let path = Path::new(line.trim());
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |what: &str| {
            format!("{}, line {}: {what}: {}", list.display(), index + 1, path.display())
        };
        let class = match (path.is_relative(), path.parent().and_then(|p| p.iter().next())) {
            (true, Some(class)) => class.to_string_lossy().into_owned(),
            _ => return Err(wrong("expected CLASS/FILE, found")),
        };
        if !folder.join(path).is_file() {
            return Err(wrong("there is no such file"));
        }
        found.push(Found { path: path.to_owned(), class, split });
    }
    Ok(found)
}

/// `manifest.csv`: columns `id`, `class` and `split` (`train`, or `val` or `test`) wherever they
/// stand; the mesh is CLASS/ID.off or CLASS/ID.obj.
fn from_manifest(folder: &Path) -> Result<Vec<Found>, String> {
    let path = folder.join("manifest.csv");
    let text = read_text(&path)?;
    let wrong = |line: usize, what: String| format!("{}, line {line}: {what}", path.display());
    let mut lines = text.lines().enumerate();
    let head = csv_fields(lines.next().unwrap_or_default().1);
    let column = |name: &str| {
        let place = head.iter().position(|field| field == name);
        place.ok_or_else(|| wrong(1, format!("there is no column `{name}`")))
    };
    let (id, class, split) = (column("id")?, column("class")?, column("split")?);
    let mut found = Vec::new();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let fields = csv_fields(line);
        let wrong = |what: String| wrong(index + 1, what);
        let field = |at: usize| match fields.get(at) {
            Some(field) if !field.is_empty() => Ok(field.as_str()),
            _ => Err(wrong(format!("column `{}` is empty", head[at]))),
        };
        let split = match field(split)? {
            "train" => Split::Train,
            "val" | "test" => Split::Val,
            other => {
                return Err(wrong(format!("split: expected train, val or test, found {other}")));
            }
        };
        let (id, class) = (field(id)?, field(class)?);
        let mut places =
            MESHES.iter().map(|ending| Path::new(class).join(format!("{id}.{ending}")));
        let Some(path) = places.find(|place| folder.join(place).is_file()) else {
            return Err(wrong(format!("there is no {class}/{id}.off and no {class}/{id}.obj")));
        };
        found.push(Found { path, class: class.to_owned(), split });
    }
    Ok(found)
}

/// The fields of one CSV line; quoted ones may hold commas and doubled quotes.
pub(super) fn csv_fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let (mut quoted, mut closed) = (false, false);
    for c in line.trim_end_matches('\r').chars() {
        match c {
            '"' if quoted => (quoted, closed) = (false, true),
            '"' => {
                // A quote right after a closing one is a quote in the field.
                if closed {
                    fields.last_mut().expect("there is always a field").push('"');
                }
                (quoted, closed) = (true, false);
            }
            ',' if !quoted => {
                closed = false;
                fields.push(String::new());
            }
            c => fields.last_mut().expect("there is always a field").push(c),
        }
    }
    fields
}

/// A text file.
///
/// # Errors
/// When it cannot be read or is no text.
pub(super) fn read_text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|why| format!("cannot read ({why}): {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of empty files, and of files with text; gone when dropped.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let name = format!("seq-jepa-folder-{name}-{}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            for (path, text) in files {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().expect("a file in a folder")).expect("writable");
                fs::write(path, text).expect("writable");
            }
            Self(folder)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).ok();
        }
    }

    #[test]
    fn every_fifth_file_of_a_class_is_held_out_by_name() {
        let names: Vec<String> =
            (0..5).flat_map(|i| [format!("b/{i}.jpg"), format!("a/{i}.PNG")]).collect();
        let mut files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        files.extend([("a/notes.txt", ""), ("readme.md", ""), (".git/x.jpg", "")]);
        let scratch = Scratch::new("plain", &files);
        let listing = Listing::of_pictures(&scratch.0).expect("a good folder");
        assert_eq!(listing.class_names, ["a", "b"]);
        assert_eq!((listing.count(Split::Train), listing.count(Split::Val)), (8, 2));
        let last = &listing.items[9];
        assert_eq!(
            (last.path.as_path(), last.label, last.split),
            (Path::new("b/4.jpg"), 1, Split::Val)
        );
    }

    #[test]
    fn lists_split_pictures() {
        let mut files = vec![("b/1.jpg", ""), ("a/1.jpg", ""), ("a/2.jpg", "")];
        files.extend([("train.txt", "b/1.jpg\na/2.jpg\n\n"), ("test.txt", "a/1.jpg\n")]);
        let scratch = Scratch::new("lists", &files);
        let listing = Listing::of_pictures(&scratch.0).expect("a good folder");
        let labels: Vec<usize> = listing.items.iter().map(|item| item.label).collect();
        assert_eq!((labels, listing.count(Split::Val)), (vec![1, 0, 0], 1));
        fs::write(scratch.0.join("test.txt"), "a/1.jpg\na/9.jpg\n").expect("writable");
        let text = Listing::of_pictures(&scratch.0).expect_err("no such picture");
        assert!(text.contains("test.txt, line 2") && text.contains("a/9.jpg"), "{text}");
        fs::remove_file(scratch.0.join("test.txt")).expect("writable");
        assert!(Listing::of_pictures(&scratch.0).is_err(), "one list alone");
    }

    #[test]
    fn a_manifest_splits_meshes_and_errors_name_its_line() {
        let manifest = "id,author,class,split\n1,\"A, B \"\"C\"\"\",cup,train\n2,D,cup,val\n";
        let files = [("cup/1.off", ""), ("cup/2.obj", ""), ("manifest.csv", manifest)];
        let scratch = Scratch::new("manifest", &files);
        let listing = Listing::of_meshes(&scratch.0).expect("a good folder");
        assert_eq!(listing.items[1].path, Path::new("cup/2.obj"));
        assert_eq!(csv_fields("1,\"A, B \"\"C\"\"\",x")[1], "A, B \"C\"");
        let check = |manifest: &str, says: &str| {
            fs::write(scratch.0.join("manifest.csv"), manifest).expect("writable");
            let text = Listing::of_meshes(&scratch.0).expect_err("a bad manifest");
            assert!(text.contains(says), "{text:?} does not say {says:?}");
        };
        check("id,class\n", "line 1: there is no column `split`");
        check("id,class,split\n1,cup,train\n2,cup,dev\n", "line 3: split: expected");
        check("id,class,split\n1,cup,train\n7,cup,val\n", "line 3: there is no cup/7.off");
        check("id,class,split\n1,cup\n", "line 2: column `split` is empty");
        check("id,class,split\n1,cup,train\n", "no file is held out");
    }

    #[test]
    fn a_folder_without_files_is_told() {
        let scratch = Scratch::new("empty", &[("a/notes.txt", "")]);
        let text = Listing::of_meshes(&scratch.0).expect_err("nothing in it");
        assert!(text.contains("no off, obj file"), "{text}");
        assert!(Listing::of_meshes(&scratch.0.join("nowhere")).is_err());
    }
}

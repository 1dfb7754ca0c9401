//! `breaks/*.txt`: edits that break a rule, and the tests that must fail then. `tests/rfc/break` says what a file looks like.

use super::{read, root};
use std::fs;

#[derive(Default)]
pub(crate) struct Break {
    /// File and line, for messages.
    pub(crate) place: String,
    pub(crate) rows: Vec<String>,
    pub(crate) edits: Vec<Edit>,
    pub(crate) red: Vec<String>,
}

#[derive(Default)]
pub(crate) struct Edit {
    pub(crate) file: String,
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
}

pub(crate) fn all() -> Vec<Break> {
    let folder = "tests/rfc/breaks";
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.iter().flat_map(|name| parse(&format!("{folder}/{name}"))).collect()
}

fn parse(file: &str) -> Vec<Break> {
    let mut all: Vec<Break> = Vec::new();
    let add = |text: &mut Option<String>, line: &str| match text {
        Some(text) => *text = format!("{text}\n{line}"),
        None => *text = Some(line.to_owned()),
    };
    for (number, line) in read(file).lines().enumerate() {
        let place = format!("{file}:{}", number + 1);
        if let Some((rows, _)) = line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            let rows = rows.split_whitespace().map(str::to_owned).collect();
            all.push(Break { place, rows, ..Break::default() });
            continue;
        }
        let Some(last) = all.last_mut() else { continue };
        if let Some(file) = line.strip_prefix("in ") {
            last.edits.push(Edit { file: file.to_owned(), ..Edit::default() });
        } else if let Some(test) = line.strip_prefix("red ") {
            last.red.push(test.to_owned());
        } else if let Some(old) = line.strip_prefix('-') {
            add(&mut last.edits.last_mut().expect(&place).old, old);
        } else if let Some(new) = line.strip_prefix('+') {
            add(&mut last.edits.last_mut().expect(&place).new, new);
        } else {
            assert!(line.is_empty() || line.starts_with('#'), "{place}: {line}");
        }
    }
    all
}

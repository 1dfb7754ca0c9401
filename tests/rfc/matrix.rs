//! `requirements.tsv`: a line for each requirement, its columns in the order of the fields of [`Row`].

use super::{read, root};

pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) rfc: String,
    pub(crate) section: String,
    pub(crate) level: String,
    pub(crate) role: String,
    pub(crate) requirement: String,
    /// The files under `src` that obey it.
    pub(crate) obeyed: Vec<String>,
    /// The tests that show it: `file.rs::name`, or a program.
    pub(crate) shown: Vec<String>,
    /// Why it is not the crate's, or a remark.
    pub(crate) note: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Shown,
    Transport,
    Application,
    Later,
}

/// How the note begins of a row that is not, or not wholly, the crate's; the reason follows.
const REASONS: [(&str, Kind); 3] = [
    ("The transport's: ", Kind::Transport),
    ("The application's: ", Kind::Application),
    ("Not yet: ", Kind::Later),
];

pub(crate) fn rows() -> Vec<Row> {
    read("tests/rfc/requirements.tsv").lines().skip(1).map(Row::parse).collect()
}

impl Row {
    pub(crate) fn parse(line: &str) -> Self {
        let columns: Vec<_> = line.split('\t').map(str::to_owned).collect();
        let [id, rfc, section, level, role, requirement, obeyed, shown, note] =
            <[String; 9]>::try_from(columns).unwrap_or_else(|_| panic!("not nine columns: {line}"));
        let words = |list: String| list.split_whitespace().map(str::to_owned).collect();
        Self { id, rfc, section, level, role, requirement, obeyed: words(obeyed), shown: words(shown), note }
    }

    pub(crate) fn kind(&self) -> Kind {
        let reason = REASONS.iter().find(|(begin, _)| self.note.starts_with(begin));
        reason.map_or(Kind::Shown, |(_, kind)| *kind)
    }

    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut add = |what: &str| faults.push(format!("{}: {what}", self.id));
        if self.kind() == Kind::Shown && self.shown.is_empty() {
            add("has neither a test nor a reason");
        }
        if !self.shown.is_empty() && self.obeyed.is_empty() {
            add("names a test, but no file that obeys");
        }
        if !["MUST", "SHOULD", "MAY"].contains(&self.level.as_str()) {
            add("has no level");
        }
        if !["client", "server", "both"].contains(&self.role.as_str()) {
            add("has no role");
        }
        if !self.requirement.ends_with('.') || !(self.note.is_empty() || self.note.ends_with('.')) {
            add("has a sentence without an end");
        }
        faults
    }
}

/// Why `shown` is not a test that exists.
pub(crate) fn missing(shown: &str) -> Option<String> {
    if let Some((file, path)) = shown.split_once("::") {
        let name = path.rsplit("::").next().unwrap_or(path);
        if !root().join(file).is_file() {
            return Some(format!("there is no file {file}"));
        }
        return (!has_test(&read(file), name)).then(|| format!("there is no test {name} in {file}"));
    }
    let is_program = shown.starts_with("tests/") && shown.ends_with("/run") && root().join(shown).is_file();
    (!is_program).then(|| format!("there is no test {shown}"))
}

/// Whether there is a function of this name with the attribute `#[test]`, as also the tests inside `proptest!` have it, or with
/// tokio's.
fn has_test(code: &str, name: &str) -> bool {
    let lines: Vec<_> = code.lines().map(str::trim).collect();
    let begin = format!("fn {name}(");
    lines.iter().enumerate().any(|(at, line)| {
        let mut above =
            lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        line.trim_start_matches("async ").starts_with(&begin)
            && above.any(|line| *line == "#[test]" || line.starts_with("#[tokio::test"))
    })
}

//! `docs/rfc6455.md`: the list for readers.

use super::breaks::Break;
use super::matrix::{Kind, Row};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// RFC, section, and what it is about. A row belongs under the longest section that its own begins with.
const HEADINGS: [(&str, &str, &str); 41] = [
    ("6455", "3", "URIs"),
    ("6455", "4.1", "The client's opening handshake"),
    ("6455", "4.2.1", "Reading the client's request"),
    ("6455", "4.2.2", "The server's answer"),
    ("6455", "4.3", "Grammar of the headers"),
    ("6455", "4.4", "Versions"),
    ("6455", "5.1", "Masked or not"),
    ("6455", "5.2", "The frame header"),
    ("6455", "5.3", "Masking"),
    ("6455", "5.4", "Fragments"),
    ("6455", "5.5", "Control frames"),
    ("6455", "5.5.1", "Close"),
    ("6455", "5.5.2", "Ping"),
    ("6455", "5.5.3", "Pong"),
    ("6455", "5.6", "Data frames"),
    ("6455", "6.1", "Sending"),
    ("6455", "6.2", "Receiving"),
    ("6455", "7.1", "How a connection ends"),
    ("6455", "7.2", "Abnormal ends"),
    ("6455", "7.4", "Close codes"),
    ("6455", "8.1", "UTF-8"),
    ("6455", "9.1", "Extensions"),
    ("6455", "10.2", "Origin"),
    ("6455", "10.4", "Limits"),
    ("6455", "10.7", "Invalid data"),
    ("6455", "11.3", "How often a header may occur"),
    ("7692", "5", "Negotiating compression"),
    ("7692", "6", "Compressed messages"),
    ("7692", "7.1", "Parameters of permessage-deflate"),
    ("7692", "7.1.1", "Context takeover"),
    ("7692", "7.1.2", "Window sizes"),
    ("7692", "7.2", "Compressing and decompressing"),
    ("7692", "8", "Security of compression"),
    ("8441", "3", "The setting of HTTP/2"),
    ("8441", "4", "Extended CONNECT"),
    ("8441", "5", "WebSocket over HTTP/2"),
    ("9110", "7.8", "HTTP: Upgrade"),
    ("9112", "2", "HTTP: lines"),
    ("9112", "3", "HTTP: the request line"),
    ("9112", "5", "HTTP: fields"),
    ("9112", "6", "HTTP: bodies"),
];
const HTTP3: (&str, &str, &str) = ("9220", "3", "WebSocket over HTTP/3");

const INTRODUCTION: &str = "\
# The requirements of RFC 6455 and what it builds on

Each requirement, the file that obeys it, and the test that shows it; or the reason why it is not this crate's. The list is
[`tests/rfc/requirements.tsv`](../tests/rfc/requirements.tsv), and this page is made from it:

```sh
cargo test --test requirements              # fails if a file or a test that is named here is gone, or the page is old
UPDATE=1 cargo test --test requirements     # writes the page
tests/rfc/break                             # breaks the rules one by one in a copy: each must turn its test red
tests/rfc/break R013 R020                   # those of these rows
```

";

const ADDING: &str = "
To add or change a row, edit the list. Its columns: id; RFC; section; level; role; the requirement; the files under `src`
that obey it; the tests that show it, `tests/core/frames.rs::name` or a program such as `tests/interop/run`; a note. Where no
test can show it, the note begins with \"The transport's: \", \"The application's: \" or \"Not yet: \", and says why. Then add to
[`tests/rfc/breaks`](../tests/rfc/breaks) an edit that breaks the rule, run it, and write the page. Rows whose test was so seen
to fail are marked ✓.
";

pub(crate) fn render(rows: &[Row], breaks: &[Break]) -> String {
    let broken: BTreeSet<_> = breaks.iter().flat_map(|one| &one.rows).map(String::as_str).collect();
    let mut page = INTRODUCTION.to_owned();
    summary(&mut page, rows, &broken);
    page.push_str(ADDING);
    for heading in HEADINGS.iter().chain([&HTTP3]) {
        let (rfc, section, title) = heading;
        let below: Vec<_> = rows.iter().filter(|row| heading_of(row) == *heading).collect();
        assert!(!below.is_empty(), "no row is under RFC {rfc} {section}");
        writeln!(page, "\n## RFC {rfc}, section {section}: {title}\n").unwrap();
        page.push_str("| | requirement | obeyed by | shown by |\n|---|---|---|---|\n");
        for row in below {
            line(&mut page, row, broken.contains(row.id.as_str()));
        }
    }
    page
}

fn summary(page: &mut String, rows: &[Row], broken: &BTreeSet<&str>) {
    let count = |kind| rows.iter().filter(|row| row.kind() == kind).count();
    page.push_str("| | requirements |\n|---|---|\n");
    for (what, number) in [
        ("shown by a test", count(Kind::Shown)),
        ("the transport's", count(Kind::Transport)),
        ("the application's", count(Kind::Application)),
        ("not yet", count(Kind::Later)),
        ("all", rows.len()),
        ("with an edit that breaks the rule, and the test that then fails (✓)", broken.len()),
    ] {
        writeln!(page, "| {what} | {number} |").unwrap();
    }
}

fn heading_of(row: &Row) -> (&'static str, &'static str, &'static str) {
    let below = |section: &str| {
        let rest = row.section.strip_prefix(section);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let fitting =
        HEADINGS.iter().chain([&HTTP3]).filter(|(rfc, section, _)| *rfc == row.rfc && below(section));
    *fitting
        .max_by_key(|(_, section, _)| section.len())
        .unwrap_or_else(|| panic!("{} is under no heading", row.id))
}

fn line(page: &mut String, row: &Row, broken: bool) {
    let Row { id, section, level, role, requirement, note, .. } = row;
    let mark = if broken { " ✓" } else { "" };
    let who = if role == "both" { String::new() } else { format!(", {role}") };
    let obeyed: Vec<_> = row.obeyed.iter().map(|file| link(file, file.trim_start_matches("src/"))).collect();
    let mut shown: Vec<_> = row.shown.iter().map(|shown| test(shown)).collect();
    if !note.is_empty() {
        // A reason why it is not shown, or not wholly, comes first.
        let place = if row.kind() == Kind::Shown { shown.len() } else { 0 };
        shown.insert(place, note.clone());
    }
    writeln!(
        page,
        "| {id}{mark}<br>§{section}<br>{level}{who} | {requirement} | {} | {} |",
        obeyed.join("<br>"),
        shown.join("<br>")
    )
    .unwrap();
}

fn test(shown: &str) -> String {
    match shown.split_once("::") {
        Some((file, path)) => link(file, path.rsplit("::").next().unwrap_or(path)),
        None => link(shown, shown),
    }
}

fn link(file: &str, text: &str) -> String {
    format!("[{text}](../{file})")
}

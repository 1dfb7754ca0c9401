//! The list of requirements in `tests/rfc` is whole, names only what is there, and is what `docs/rfc6455.md` shows.

#[path = "rfc/breaks.rs"]
mod breaks;
#[path = "rfc/matrix.rs"]
mod matrix;
#[path = "rfc/page.rs"]
mod page;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/rfc6455.md";
/// With this environment variable set, the test that compares the page writes it.
const UPDATE: &str = "UPDATE";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Panics with all that is wrong, not with the first alone.
fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn each_requirement_has_one_row_in_order() {
    let ids: Vec<_> = matrix::rows().into_iter().map(|row| row.id).collect();
    let all: Vec<_> = (1..=218).map(|number| format!("R{number:03}")).collect();
    assert_eq!(ids, all);
}

#[test]
fn each_row_has_a_test_or_a_reason() {
    let wrong: Vec<_> = matrix::rows().iter().flat_map(matrix::Row::faults).collect();
    none(&wrong);
}

#[test]
fn each_row_names_files_and_tests_that_exist() {
    let mut wrong = Vec::new();
    for row in matrix::rows() {
        wrong.extend(
            row.obeyed
                .iter()
                .filter(|file| !file.starts_with("src/") || !root().join(file).is_file())
                .map(|file| format!("{}: there is no source file {file}", row.id)),
        );
        wrong.extend(
            row.shown
                .iter()
                .filter_map(|shown| matrix::missing(shown).map(|why| format!("{}: {why}", row.id))),
        );
    }
    none(&wrong);
}

/// Each `FILE.rs::test` that stands in backquotes.
fn tests_named(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|code| code.contains(".rs::") && !code.contains(' '))
}

#[test]
fn documents_name_tests_that_exist() {
    let (mut wrong, mut named) = (Vec::new(), 0);
    for file in ["SECURITY.md", "docs/security.md", "docs/verification.md"] {
        for shown in tests_named(&read(file)) {
            named += 1;
            wrong.extend(matrix::missing(shown).map(|why| format!("{file}: {why}")));
        }
    }
    none(&wrong);
    assert!(named > 20, "{named} tests are named");
}

#[test]
fn the_page_shows_the_list() {
    let page = page::render(&matrix::rows(), &breaks::all());
    if std::env::var_os(UPDATE).is_some() {
        fs::write(root().join(PAGE), &page).unwrap();
    }
    assert!(
        read(PAGE) == page,
        "{PAGE} is not what the list makes: {UPDATE}=1 cargo test --test requirements"
    );
}

#[test]
fn each_break_is_of_text_that_is_there_once() {
    let mut wrong = Vec::new();
    for one in breaks::all() {
        for edit in &one.edits {
            let (Some(old), Some(new)) = (&edit.old, &edit.new) else {
                wrong.push(format!("{}: an edit has a text and what comes in its place", one.place));
                continue;
            };
            let found = read(&edit.file).matches(old).count();
            if found != 1 || old == new {
                wrong.push(format!("{}: {found} times in {}:\n{old}", one.place, edit.file));
            }
        }
    }
    none(&wrong);
}

#[test]
fn each_break_turns_a_test_of_its_rows_red() {
    let rows = matrix::rows();
    let mut wrong = Vec::new();
    for one in breaks::all() {
        if one.edits.is_empty() || one.red.is_empty() || one.rows.is_empty() {
            wrong.push(format!("{}: needs rows, an edit and a test", one.place));
        }
        for id in &one.rows {
            match rows.iter().find(|row| row.id == *id) {
                None => wrong.push(format!("{}: there is no {id}", one.place)),
                Some(row) if !one.red.iter().any(|red| row.shown.contains(red)) => {
                    wrong.push(format!("{}: {id} is shown by none of {:?}", one.place, one.red));
                }
                Some(_) => {}
            }
        }
        let named: BTreeSet<_> = rows.iter().flat_map(|row| &row.shown).collect();
        wrong.extend(
            one.red
                .iter()
                .filter(|red| !named.contains(red))
                .map(|red| format!("{}: no row has {red}", one.place)),
        );
    }
    none(&wrong);
}

#[test]
fn the_test_sees_what_it_forbids() {
    let missing = |shown: &str| matrix::missing(shown).is_some();
    assert!(!missing("tests/requirements.rs::the_test_sees_what_it_forbids"));
    assert!(!missing("tests/core/roundtrip.rs::what_is_sent_arrives_in_order_and_whole"), "of proptest");
    assert!(!missing("tests/interop/run"));
    assert!(missing("tests/requirements.rs::read"), "not a test");
    assert!(missing("tests/requirements.rs::the_test_sees"), "not the whole name");
    assert!(missing("tests/requirements.rs"), "no name");
    assert!(missing("tests/nowhere.rs::name"));
    assert!(missing("tests/nowhere/run"));
    assert!(missing("docs/rfc6455.md"));

    let row = |shown: &str, note: &str| {
        matrix::Row::parse(&format!("R001\t6455\t3\tMUST\tboth\tA rule.\t\t{shown}\t{note}"))
    };
    assert!(row("", "").faults().len() == 1);
    assert!(row("", "A remark.").faults().len() == 1);
    assert!(row("", "The transport's: why.").faults().is_empty());
    assert!(row("tests/interop/run", "").faults().len() == 1, "obeyed nowhere");
}

//! Imports point one way: each folder of `src` uses only what its row of the table names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A layer, and the others that it may use.
const LAYERS: [(&str, &[&str]); 9] = [
    ("entropy", &[]),
    ("frame", &[]),
    ("protocol", &["entropy", "frame"]),
    ("handshake", &["entropy"]),
    ("dial", &["entropy", "handshake"]),
    ("deflate", &["handshake"]),
    ("session", &["frame", "protocol", "handshake", "deflate"]),
    ("net", &["entropy", "frame", "protocol", "handshake", "dial", "deflate", "session"]),
    ("tokio", &["entropy", "frame", "protocol", "handshake", "dial", "deflate", "session", "net"]),
];

fn source_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// What follows `crate::` anywhere in the code of a file: the layers that it uses.
fn layers_used(code: &str) -> BTreeSet<String> {
    let code: String =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    code.match_indices("crate::")
        .filter(|(at, _)| !code[..*at].ends_with('$'))
        .map(|(at, found)| {
            let path = &code[at + found.len()..];
            let end = path.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(path.len());
            match &path[..end] {
                "EntropyError" => "entropy".to_owned(),
                name => name.to_owned(),
            }
        })
        .collect()
}

#[test]
fn each_layer_uses_only_those_below_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&src, &mut files);
    let mut seen = BTreeSet::new();
    for file in files.iter().filter(|file| !file.ends_with("src/lib.rs")) {
        let relative = file.strip_prefix(&src).unwrap();
        let first = relative.components().next().unwrap().as_os_str().to_str().unwrap();
        let layer = first.trim_end_matches(".rs");
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            panic!("{} is in no layer of the table", file.display());
        };
        seen.insert(layer.to_owned());
        for used in layers_used(&fs::read_to_string(file).unwrap()) {
            assert!(
                used == layer || allowed.contains(&used.as_str()),
                "{} uses {used}, which is not below {layer}",
                relative.display()
            );
        }
    }
    assert_eq!(seen.len(), LAYERS.len(), "a layer of the table has no file");
}

#[test]
fn the_test_sees_what_it_forbids() {
    let code = "use crate::frame::Mask;\nlet x: crate::net::Error = y;\n// crate::session is only mentioned";
    assert_eq!(layers_used(code), BTreeSet::from(["frame".to_owned(), "net".to_owned()]));
}

#[test]
fn no_file_of_the_library_is_two_things() {
    let mut files = Vec::new();
    source_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    for file in files {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 420, "{} has {lines} lines", file.display());
    }
}

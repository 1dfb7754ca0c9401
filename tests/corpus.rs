//! Replays what fuzzing found worth keeping, `fuzz/corpus`, with the bodies of the fuzz targets: no fuzzer is needed, nor
//! anything but the stable compiler.

// The targets of compression use pools, which there are with `std` alone.
#![cfg(any(feature = "std", not(feature = "deflate")))]

use std::collections::BTreeSet;
use std::fs;
use std::panic;
use std::path::{Path, PathBuf};

#[expect(unreachable_pub, reason = "in the package of the fuzz targets it is reached")]
#[path = "../fuzz/src/lib.rs"]
mod targets;

/// What all corpora may take, in bytes.
const MOST: u64 = 2_000_000;

fn fuzz_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// All that lies in `folder`, in order.
fn entries(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn each_input_of_each_corpus_passes() {
    let mut failures = Vec::new();
    for (target, body) in targets::TARGETS {
        let inputs = entries(&fuzz_folder().join("corpus").join(target));
        assert!(!inputs.is_empty(), "the corpus of {target} is empty");
        for input in inputs {
            let data = fs::read(&input).unwrap();
            if panic::catch_unwind(|| body(&data)).is_err() {
                failures.push(format!("{target} {}", input.display()));
            }
        }
    }
    assert!(failures.is_empty(), "targets and the inputs that they fail with:\n{}", failures.join("\n"));
}

/// Without compression, some targets are not there.
#[cfg(feature = "deflate")]
#[test]
fn each_corpus_and_each_binary_has_a_target() {
    let targets: BTreeSet<String> = targets::TARGETS.iter().map(|(name, _)| String::from(*name)).collect();
    let corpora = entries(&fuzz_folder().join("corpus"));
    let corpora = corpora.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(targets, corpora, "the folders of fuzz/corpus");
    let manifest = fs::read_to_string(fuzz_folder().join("Cargo.toml")).unwrap();
    let binaries = manifest.split("[[bin]]\nname = \"").skip(1);
    let binaries = binaries.map(|text| text.split('"').next().unwrap().to_owned()).collect();
    assert_eq!(targets, binaries, "the binaries of fuzz/Cargo.toml");
    for target in targets {
        let code = fs::read_to_string(fuzz_folder().join(format!("fuzz_targets/{target}.rs"))).unwrap();
        assert!(code.contains(&format!("::{target}::run(data)")), "fuzz_targets/{target}.rs");
    }
}

#[test]
fn the_corpora_stay_small() {
    let inputs = entries(&fuzz_folder().join("corpus")).into_iter().flat_map(|corpus| entries(&corpus));
    let bytes: u64 = inputs.map(|input| fs::metadata(input).unwrap().len()).sum();
    assert!(bytes <= MOST, "{bytes} bytes");
}

//! Writes the corpora that fuzzing starts from: `seeds FOLDER`. With `seeds --store FILE`, the store in `fixtures/`.

// Instrumented code calls what is in there.
use libfuzzer_sys as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    match &arguments[..] {
        [flag, file] if flag == "--store" => kms_fuzz::seeds::store(file.as_ref())?,
        [folder] => kms_fuzz::seeds::write(folder.as_ref())?,
        _ => return Err("usage: seeds FOLDER | seeds --store FILE".into()),
    }
    Ok(())
}

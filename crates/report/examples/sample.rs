//! Writes the documents of hand-made assessments to a folder, to be looked at.
//!
//! `cargo run -p report --example sample -- FOLDER`

#![allow(clippy::print_stdout, reason = "a program for looking")]

#[path = "../tests/samples/mod.rs"]
mod samples;

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use report::{Brand, Language, Options, Paper, Source};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("expected a folder")?);
    let brand = Brand::parse(
        "name = \"Northlight Managed IT\"\naccent = \"#14505C\"\nsecond-color = \"#E0A458\"\n\
         footer = \"Confidential. For the addressee only.\"\ncontact = \"service@northlight.example\"\n",
    )?;
    for (name, assessment) in samples::all() {
        let folder = folder.join(name);
        fs::create_dir_all(&folder)?;
        let brand = if name == "practice" { &brand } else { &Brand::default() };
        let zone = if name == "practice" { "Europe/Zurich" } else { "" };
        let history = samples::history(&assessment);
        let answers = samples::sign_ins();
        let source =
            Source { assessment: &assessment, sign_ins: Some(&answers), history: &history };
        for language in Language::ALL {
            let options = Options { time_zone: zone.to_owned(), language, ..Options::default() };
            let letter = Options { paper: Paper::Letter, ..options.clone() };
            let start = Instant::now();
            let pdf = report::executive_pdf(source, brand, &options)?;
            let pdf_time = start.elapsed();
            let start = Instant::now();
            let thick = report::technical_pdf(source, brand, &options)?;
            let thick_time = start.elapsed();
            let html = report::executive_html(source, brand, &options)?;
            let technical = report::technical_html(source, brand, &options)?;
            println!(
                "{name:<10} {} pdf {:>6} B {pdf_time:>9.1?}, {:>7} B {thick_time:>9.1?}  html \
                 {:>6} B, {:>7} B",
                language.code(),
                pdf.len(),
                thick.len(),
                html.len(),
                technical.len(),
            );
            let file = |name: &str| folder.join(format!("{}-{name}", language.code()));
            fs::write(file("executive.pdf"), pdf)?;
            fs::write(file("technical.pdf"), thick)?;
            fs::write(file("letter.pdf"), report::executive_pdf(source, brand, &letter)?)?;
            fs::write(file("executive.html"), html)?;
            fs::write(file("technical.html"), technical)?;
            let markdown = report::summary_markdown(source, brand, &options)?;
            fs::write(file("summary.md"), markdown)?;
        }
        fs::write(folder.join("findings.csv"), report::findings_csv(&assessment)?)?;
    }
    Ok(())
}

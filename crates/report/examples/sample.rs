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

use report::{Brand, Options, Paper};

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
        let options = Options { time_zone: zone.to_owned(), paper: Paper::A4 };
        let letter = Options { paper: Paper::Letter, ..options.clone() };
        let start = Instant::now();
        let pdf = report::executive_pdf(&assessment, brand, &options)?;
        let pdf_time = start.elapsed();
        let start = Instant::now();
        let html = report::executive_html(&assessment, brand, &options)?;
        let html_time = start.elapsed();
        let start = Instant::now();
        let technical = report::technical_html(&assessment, brand, &options)?;
        let technical_time = start.elapsed();
        let csv = report::findings_csv(&assessment)?;
        println!(
            "{name:<10} pdf {:>6} B {pdf_time:>9.1?}  html {:>6} B {html_time:>9.1?}  technical \
             {:>7} B {technical_time:>9.1?}  csv {:>8} B",
            pdf.len(),
            html.len(),
            technical.len(),
            csv.len()
        );
        fs::write(folder.join("executive.pdf"), pdf)?;
        fs::write(folder.join("letter.pdf"), report::executive_pdf(&assessment, brand, &letter)?)?;
        fs::write(folder.join("executive.html"), html)?;
        fs::write(folder.join("technical.html"), technical)?;
        fs::write(folder.join("findings.csv"), csv)?;
        fs::write(
            folder.join("summary.md"),
            report::summary_markdown(&assessment, brand, &options)?,
        )?;
    }
    Ok(())
}

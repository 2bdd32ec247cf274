//! Files that a browser saved beside its recording.

use obn_client::recording::downloads::{Download, assign};

use crate::learn::exchange::{Content, Exchange};

/// Names that are told before only their number is.
const MOST_NAMES: usize = 5;

/// Gives files back to the exchanges that brought them. Answers with those of which no exchange, or more than one, tells.
pub(super) fn attach(exchanges: &mut [Exchange], files: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    let told: Vec<(usize, Download)> =
        (0..exchanges.len()).filter_map(|index| Some((index, download(&exchanges[index])?))).collect();
    let downloads: Vec<Download> = told.iter().map(|(_, download)| download.clone()).collect();
    let lengths: Vec<(&str, usize)> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.len())).collect();
    let found = assign(&downloads, &lengths);
    let mut rest = Vec::new();
    for (found, (name, bytes)) in found.into_iter().zip(files) {
        match found {
            Some(place) => {
                let exchange = &mut exchanges[told[place].0];
                exchange.content = Content::File { mime: exchange.mime().unwrap_or_default(), bytes };
            }
            None => rest.push((name, bytes)),
        }
    }
    rest
}

/// The names of files that were downloaded and are nowhere.
pub(super) fn missing(exchanges: &[Exchange]) -> String {
    let mut names: Vec<String> =
        exchanges.iter().filter_map(download).map(|download| download.name).collect();
    names.sort_unstable();
    names.dedup();
    let more = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    let names = names.join(", ");
    if more > 0 { format!("{names}, … (+{more})") } else { names }
}

fn download(exchange: &Exchange) -> Option<Download> {
    let is_missing = matches!(exchange.content, Content::Missing) && exchange.status == 200;
    if !is_missing || exchange.mime()? == "text/html" {
        return None;
    }
    let length = match exchange.header("content-encoding") {
        None => exchange.header("content-length").and_then(|text| text.trim().parse().ok()),
        Some(_) => None,
    };
    Some(Download { name: exchange.file_name()?, length })
}

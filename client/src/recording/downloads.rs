//! What a browser saved as a file it leaves out of its recording, which tells its name and its length alone.

use crate::recording::har::{Content, Entry, Har};

/// A download of which a recording has the head and not the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// What the site called the file.
    pub name: String,
    /// In bytes, if the answer told that.
    pub length: Option<usize>,
}

/// Which download brought each file (name and length); `None`: no one, or more than one may have.
///
/// Of several files of one name each has its number from the browser, `name (2).p12`. If all of them are there, they were
/// saved in the order of the downloads; otherwise their lengths have to tell.
pub fn assign(downloads: &[Download], files: &[(&str, usize)]) -> Vec<Option<usize>> {
    let named: Vec<(String, u32)> = files.iter().map(|(name, _)| numbered(name)).collect();
    let fits = |download: usize, file: usize| {
        downloads[download].length.is_none_or(|length| length == files[file].1)
    };
    let of = |file: usize| {
        let (name, _) = &named[file];
        let candidates = downloads.iter().enumerate().filter(|(_, download)| download.name == *name);
        let candidates: Vec<usize> = candidates.map(|(index, _)| index).collect();
        let mut all: Vec<usize> = (0..files.len()).filter(|other| named[*other].0 == *name).collect();
        all.sort_by_key(|other| named[*other].1);
        let is_whole =
            candidates.len() == all.len() && candidates.iter().zip(&all).all(|(d, f)| fits(*d, *f));
        if is_whole {
            return all.iter().position(|other| *other == file).map(|place| candidates[place]);
        }
        let is_only = all.iter().filter(|other| files[**other].1 == files[file].1).count() == 1;
        let mut fitting = candidates.into_iter().filter(|it| downloads[*it].length == Some(files[file].1));
        fitting.next().filter(|_| is_only && fitting.next().is_none())
    };
    (0..files.len()).map(of).collect()
}

impl Download {
    /// Of an exchange whose body was saved and not recorded.
    fn of(entry: &Entry) -> Option<Self> {
        let response = &entry.response;
        let kind = response.header("content-type").unwrap_or(&response.content.mime_type);
        let is_page = kind.trim_start().to_ascii_lowercase().starts_with("text/html");
        let has_body = response.content.text.as_ref().is_some_and(|text| !text.is_empty());
        if response.status != 200 || has_body || is_page {
            return None;
        }
        let of_header = response.header("content-disposition").and_then(file_name);
        let of_address = || {
            let url = url::Url::parse(&entry.request.url).ok()?;
            url.path_segments()?.next_back().filter(|name| name.contains('.')).map(str::to_owned)
        };
        let length = match response.header("content-encoding") {
            None => response.header("content-length").and_then(|text| text.trim().parse().ok()),
            Some(_) => None,
        };
        Some(Self { name: of_header.or_else(of_address)?, length })
    }
}

impl Har {
    /// Puts saved files (name and bytes) where they were downloaded. Answers with the names of those of which the recording
    /// doesn't tell.
    pub fn attach(&mut self, files: &[(String, Vec<u8>)]) -> Vec<String> {
        let told: Vec<(usize, Download)> = (0..self.log.entries.len())
            .filter_map(|index| Some((index, Download::of(&self.log.entries[index])?)))
            .collect();
        let downloads: Vec<Download> = told.iter().map(|(_, download)| download.clone()).collect();
        let lengths: Vec<(&str, usize)> =
            files.iter().map(|(name, bytes)| (name.as_str(), bytes.len())).collect();
        let mut rest = Vec::new();
        for (found, (name, bytes)) in assign(&downloads, &lengths).into_iter().zip(files) {
            match found {
                Some(place) => {
                    let content = &mut self.log.entries[told[place].0].response.content;
                    *content = Content::of_bytes(content.mime_type.clone(), bytes);
                }
                None => rest.push(name.clone()),
            }
        }
        rest
    }
}

/// What a Content-Disposition calls a file.
fn file_name(header: &str) -> Option<String> {
    let parameter = |name: &str| {
        let mut parts = header.split(';').skip(1).filter_map(|part| part.split_once('='));
        parts.find(|(known, _)| known.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    let extended = parameter("filename*").and_then(|value| value.split("''").nth(1));
    let extended =
        extended.map(|it| percent_encoding::percent_decode_str(it).decode_utf8_lossy().into_owned());
    extended.or_else(|| parameter("filename").map(|value| value.trim_matches('"').to_owned()))
}

/// `name (2).p12`, as browsers call a further file of this name (Firefox without the blank).
fn numbered(name: &str) -> (String, u32) {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) => (stem, format!(".{extension}")),
        None => (name, String::new()),
    };
    let split = || {
        let (stem, number) = stem.strip_suffix(')')?.rsplit_once('(')?;
        Some((stem.trim_end(), number.parse().ok()?))
    };
    match split() {
        Some((stem, number)) => (format!("{stem}{extension}"), number),
        None => (name.to_owned(), 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn downloads(all: &[(&str, usize)]) -> Vec<Download> {
        all.iter()
            .map(|(name, length)| Download { name: (*name).to_owned(), length: Some(*length) })
            .collect()
    }

    #[test]
    fn further_files_of_a_name_have_numbers() {
        for (name, number) in [("crl.crl", 0), ("crl (1).crl", 1), ("crl(12).crl", 12)] {
            assert_eq!(numbered(name), ("crl.crl".to_owned(), number));
        }
        assert_eq!(numbered("a (b).p12"), ("a (b).p12".to_owned(), 0));
        assert_eq!(numbered("file"), ("file".to_owned(), 0));
    }

    #[test]
    fn files_of_one_name_belong_in_the_order_in_which_they_were_saved() {
        let told = downloads(&[("a.p12", 9), ("root.cer", 5), ("a.p12", 9)]);
        let files = [("a (1).p12", 9), ("a.p12", 9), ("root.cer", 5), ("other.p12", 9)];
        assert_eq!(assign(&told, &files), [Some(2), Some(0), Some(1), None]);
    }

    #[test]
    fn a_file_that_may_be_of_either_of_two_downloads_is_of_none() {
        let told = downloads(&[("a.p12", 9), ("a.p12", 9), ("a.p12", 7)]);
        assert_eq!(assign(&told, &[("a.p12", 9), ("a (2).p12", 7)]), [None, Some(2)]);
        assert_eq!(assign(&told, &[("a.p12", 8)]), [None]);
    }

    #[test]
    fn names_come_from_either_form_of_the_header() {
        assert_eq!(file_name("attachment; filename=\"a.p12\"").as_deref(), Some("a.p12"));
        let extended = "attachment; filename=x; filename*=UTF-8''%E8%A8%BC.p12";
        assert_eq!(file_name(extended).as_deref(), Some("証.p12"));
        assert_eq!(file_name("attachment"), None);
    }
}

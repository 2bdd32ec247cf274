//! Bodies that are still packed as they were sent (`Content-Encoding`).

use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::recording::har::BodyError;

/// More codings than this nobody puts on top of each other.
const MOST_CODINGS: usize = 4;

/// Unpacks a body by the header that tells its codings. Most tools save it unpacked already, and keep the header: what
/// is not packed stays as it is.
pub(super) fn unpack(mut body: Vec<u8>, codings: &str, longest: usize) -> Result<Vec<u8>, BodyError> {
    for coding in codings.rsplit(',').take(MOST_CODINGS) {
        let unpacked = match coding.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" if body.starts_with(&[0x1f, 0x8b]) => {
                Some(whole(MultiGzDecoder::new(&body[..]), longest)?.ok_or(BodyError::Packed)?)
            }
            "deflate" => match whole(ZlibDecoder::new(&body[..]), longest)? {
                None => whole(DeflateDecoder::new(&body[..]), longest)?,
                unpacked => unpacked,
            },
            "br" => whole(brotli_decompressor::Decompressor::new(&body[..], 4096), longest)?,
            _ => None,
        };
        if let Some(unpacked) = unpacked {
            body = unpacked;
        }
    }
    Ok(body)
}

/// All of it; `None` if it is nothing of this kind.
pub(super) fn whole(packed: impl Read, longest: usize) -> Result<Option<Vec<u8>>, BodyError> {
    let mut unpacked = Vec::new();
    match packed.take(longest as u64 + 1).read_to_end(&mut unpacked) {
        Ok(length) if length > longest => Err(BodyError::TooLong),
        Ok(_) => Ok(Some(unpacked)),
        Err(_) => Ok(None),
    }
}

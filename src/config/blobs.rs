//! Where snapshots, history and other large objects are kept.

use std::fmt;
use std::path::PathBuf;

use super::fault::InvalidSetting;
use super::reader::Given;

/// The lengths of a bucket's name, in bytes (Amazon S3, "General purpose bucket naming rules").
const BUCKET_NAME_BYTES: std::ops::RangeInclusive<usize> = 3..=63;

/// The longest prefix in bytes: half of the longest key (Amazon S3, "Naming Amazon S3 objects").
const MAX_PREFIX_BYTES: usize = 512;

/// What to do about a value that names no place.
const REMEDY: &str = "write file:DIRECTORY, or s3://BUCKET/PREFIX";

/// Where snapshots, history and other large objects are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlobLocation {
    /// In this directory, made when missing: `file:DIRECTORY`.
    Directory(PathBuf),
    /// In a bucket of a store that speaks S3: `s3://BUCKET/PREFIX`. How it is reached, the section
    /// `s3` says.
    S3(Bucket),
}

/// A bucket, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its name, 3 to 63 lower-case letters, digits, hyphens and dots.
    pub name: String,
    /// What stands before every key, without slashes at its ends; empty for none.
    pub prefix: String,
}

impl BlobLocation {
    pub(super) fn read(given: &Given) -> Result<Self, InvalidSetting> {
        match given.text()?.split_once(':') {
            Some(("file", "" | "//")) => Err(InvalidSetting::new("the path is empty", REMEDY)),
            Some(("file", path)) => {
                let path = path.strip_prefix("//").unwrap_or(path);
                Ok(Self::Directory(PathBuf::from(path)))
            }
            Some(("s3", place)) => Bucket::parse(place).map(Self::S3),
            Some((scheme @ ("gs" | "az"), _)) => Err(InvalidSetting::new(
                format!("`{scheme}:` is not offered"),
                REMEDY,
            )),
            _ => Err(InvalidSetting::new(
                "the value begins with neither file: nor s3://",
                REMEDY,
            )),
        }
    }
}

impl Bucket {
    /// Reads what stands behind `s3:`.
    fn parse(place: &str) -> Result<Self, InvalidSetting> {
        let wrong = |problem: &str| InvalidSetting::new(problem, REMEDY);
        let place = place
            .strip_prefix("//")
            .ok_or_else(|| wrong("the value does not begin with s3://"))?;
        let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
        if !is_bucket_name(name) {
            let remedy = "name a bucket of 3 to 63 lower-case letters, digits, hyphens and dots";
            return Err(InvalidSetting::new("the bucket's name cannot be", remedy));
        }
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        if prefix.len() > MAX_PREFIX_BYTES || !(prefix.is_empty() || is_prefix(prefix)) {
            let remedy = format!(
                "write names of letters, digits, `-`, `_` and `.` with one slash between them, at \
                 most {MAX_PREFIX_BYTES} bytes"
            );
            return Err(InvalidSetting::new("the prefix cannot be", remedy));
        }
        Ok(Self {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
        })
    }
}

fn is_bucket_name(name: &str) -> bool {
    let is_edge = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = [name.as_bytes().first(), name.as_bytes().last()];
    BUCKET_NAME_BYTES.contains(&name.len())
        && name
            .bytes()
            .all(|byte| is_edge(byte) || matches!(byte, b'-' | b'.'))
        && ends.iter().all(|end| end.is_some_and(|end| is_edge(*end)))
        && !name.contains("..")
}

fn is_prefix(prefix: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    prefix
        .split('/')
        .all(|name| !matches!(name, "" | "." | "..") && name.bytes().all(is_plain))
}

impl fmt::Display for BlobLocation {
    /// As it is written in the settings.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => write!(formatter, "file:{}", path.display()),
            Self::S3(bucket) => write!(formatter, "{bucket}"),
        }
    }
}

impl fmt::Display for Bucket {
    /// `s3://BUCKET/PREFIX`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}", self.name)?;
        match self.prefix.as_str() {
            "" => Ok(()),
            prefix => write!(formatter, "/{prefix}"),
        }
    }
}

//! Forms with a file (RFC 7578).

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// A form.
pub(crate) struct Form {
    texts: BTreeMap<String, String>,
    /// The only file.
    pub(crate) file: Option<Vec<u8>>,
}

impl Form {
    /// Reads a body of this content type.
    pub(crate) fn read(content_type: &str, body: &[u8]) -> Option<Self> {
        let (_, boundary) = content_type.split_once("boundary=")?;
        let delimiter = format!("--{}", boundary.trim_matches('"'));
        let mut form = Self {
            texts: BTreeMap::new(),
            file: None,
        };
        let starts: Vec<usize> = find_all(body, delimiter.as_bytes());
        for pair in starts.windows(2) {
            let part = body.get(pair[0] + delimiter.len() + 2..pair[1].checked_sub(2)?)?;
            let head_end = *find_all(part, b"\r\n\r\n").first()?;
            let head = String::from_utf8_lossy(&part[..head_end]).into_owned();
            let content = part[head_end + 4..].to_vec();
            if head.contains("filename=") {
                form.file = Some(content);
            } else {
                let (_, name) = head.split_once("name=\"")?;
                let name = name.split('"').next()?.to_owned();
                form.texts.insert(name, String::from_utf8(content).ok()?);
            }
        }
        Some(form)
    }

    /// The texts as a JSON body has them.
    pub(crate) fn as_json(&self) -> Value {
        let mut body = json!({});
        for (name, text) in &self.texts {
            body[name] = match name.as_str() {
                "reply_markup" => text.parse().unwrap_or(Value::Null),
                _ => json!(text),
            };
        }
        body
    }
}

fn find_all(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(wanted.len()).enumerate();
    let found = windows.filter(|(_, window)| *window == wanted);
    found.map(|(at, _)| at).collect()
}

#[test]
fn a_form_with_a_file_is_read() {
    let body = b"--x\r\ncontent-disposition: form-data; name=\"chat_id\"\r\n\r\n7\r\n\
        --x\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\n\
        content-type: image/png\r\n\r\n\x89PNG\r\n\r\n\r\n--x--\r\n";
    let form = Form::read("multipart/form-data; boundary=x", body);
    let form = form.expect("a form");
    assert_eq!(form.as_json(), json!({ "chat_id": "7" }));
    assert_eq!(form.file.as_deref(), Some(&b"\x89PNG\r\n\r\n"[..]));
}

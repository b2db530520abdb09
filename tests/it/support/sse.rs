//! A reader of the event stream (WHATWG HTML, "Server-sent events").

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use super::DEADLINE;
use super::actor::Actor;

/// An open stream.
pub(crate) struct EventStream(BufReader<TcpStream>);

/// One event of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StreamEvent {
    pub(crate) id: u64,
    pub(crate) data: Value,
}

impl EventStream {
    /// Opens the stream; `resume` is the `Last-Event-ID`.
    pub(crate) fn open(reader: &Actor, resume: Option<u64>) -> Self {
        let mut stream = TcpStream::connect(reader.address()).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        let resume = resume.map_or(String::new(), |id| format!("last-event-id: {id}\r\n"));
        let path = "/api/v1/canvases/main/events/stream";
        // HTTP/1.0, so that the body comes without chunks.
        let request = format!("GET {path} HTTP/1.0\r\nhost: canvas.test\r\n{resume}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut stream = Self(BufReader::new(stream));
        let head = stream.block().expect("a head");
        assert!(head[0].ends_with("200 OK"), "{head:?}");
        assert!(head.contains(&"content-type: text/event-stream".to_owned()));
        stream
    }

    /// The next event; none when the server has ended the stream.
    pub(crate) fn next(&mut self) -> Option<StreamEvent> {
        loop {
            let block = self.block()?;
            let field = |name: &str| {
                let mut lines = block.iter();
                lines.find_map(|line| line.strip_prefix(name).map(str::trim))
            };
            // A comment alone keeps the connection alive.
            if let (Some(id), Some(data)) = (field("id:"), field("data:")) {
                return Some(StreamEvent {
                    id: id.parse().unwrap(),
                    data: serde_json::from_str(data).unwrap(),
                });
            }
        }
    }

    /// The lines up to the next empty one.
    fn block(&mut self) -> Option<Vec<String>> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).expect("a line in time") == 0 {
                return None;
            }
            match line.trim_end() {
                "" => return Some(lines),
                line => lines.push(line.to_owned()),
            }
        }
    }
}

//! Rust source without its comments and the contents of its literals, so that a rule about code
//! does not trip over words.

/// Blanks comments and the contents of string and character literals. Lines and columns stay
/// where they are.
pub(crate) fn code_only(source: &str) -> String {
    let mut scanner = Scanner {
        chars: source.chars().collect(),
        at: 0,
        code: String::with_capacity(source.len()),
    };
    while scanner.at < scanner.chars.len() {
        scanner.step();
    }
    scanner.code
}

/// Whether `word` occurs in `line` with no letter, digit or underscore next to it.
pub(crate) fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

struct Scanner {
    chars: Vec<char>,
    at: usize,
    code: String,
}

impl Scanner {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars()
            .enumerate()
            .all(|(ahead, c)| self.peek(ahead) == Some(c))
    }

    fn keep(&mut self, count: usize) {
        for _ in 0..count {
            self.code.extend(self.peek(0));
            self.at += 1;
        }
    }

    fn blank(&mut self, count: usize) {
        for _ in 0..count {
            match self.peek(0) {
                Some('\n') => self.code.push('\n'),
                Some(_) => self.code.push(' '),
                None => return,
            }
            self.at += 1;
        }
    }

    fn step(&mut self) {
        if self.starts_with("//") {
            while self.peek(0).is_some_and(|c| c != '\n') {
                self.blank(1);
            }
        } else if self.starts_with("/*") {
            self.block_comment();
        } else if let Some(hashes) = self.raw_string_hashes() {
            self.raw_string(hashes);
        } else if self.peek(0) == Some('"') {
            self.quoted('"');
        } else if self.peek(0) == Some('\'') && self.is_char_literal() {
            self.quoted('\'');
        } else {
            self.keep(1);
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            if self.starts_with("/*") {
                depth += 1;
                self.blank(2);
            } else if self.starts_with("*/") {
                depth -= 1;
                self.blank(2);
            } else {
                self.blank(1);
            }
            if depth == 0 || self.peek(0).is_none() {
                return;
            }
        }
    }

    /// The number of `#` when a raw string starts here, right after its `r`.
    fn raw_string_hashes(&self) -> Option<usize> {
        let is_prefix = self.peek(0) == Some('r')
            && !self
                .code
                .chars()
                .next_back()
                .is_some_and(|c| c.is_alphanumeric() && c != 'b');
        let hashes = (1..)
            .take_while(|ahead| self.peek(*ahead) == Some('#'))
            .count();
        (is_prefix && self.peek(1 + hashes) == Some('"')).then_some(hashes)
    }

    fn raw_string(&mut self, hashes: usize) {
        let end = format!("\"{}", "#".repeat(hashes));
        self.keep(2 + hashes);
        while self.peek(0).is_some() && !self.starts_with(&end) {
            self.blank(1);
        }
        self.keep(end.len());
    }

    /// A quote starts a character, not a lifetime, when one character or an escape follows it and
    /// then its end.
    fn is_char_literal(&self) -> bool {
        self.peek(1) == Some('\\') || self.peek(2) == Some('\'')
    }

    fn quoted(&mut self, quote: char) {
        self.keep(1);
        while let Some(c) = self.peek(0) {
            if c == quote {
                self.keep(1);
                return;
            }
            self.blank(if c == '\\' { 2 } else { 1 });
        }
    }
}

#[test]
fn comments_and_literals_are_blanked() {
    let source = r####"let a = "todo // \" x"; // sleep
let b = r#"sleep("x")"#; /* env /* nested */ */ let c = '"'; fn f<'a>() {}"####;
    let code = code_only(source);
    assert_eq!(code.lines().count(), 2);
    assert!(!code.contains("sleep") && !code.contains("todo") && !code.contains("env"));
    assert!(code.contains("let c = ' '; fn f<'a>() {}"));
    assert_eq!(code.chars().count(), source.chars().count());
}

#[test]
fn a_word_is_not_found_inside_another() {
    assert!(has_word("use axum::Router;", "axum"));
    assert!(!has_word("use maxaxum::Router;", "axum"));
    assert!(!has_word("let axum_port = 1;", "axum"));
}

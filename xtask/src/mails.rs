//! Owns showing the mails of a demo to the person at the terminal, as no mail server is there to carry them.
//! Refuses to know who wrote them and why.
//! Invariant: each mail is shown once, as text.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Folders of `.eml` files that are being watched.
pub(crate) struct Mails {
    folders: Vec<PathBuf>,
    seen: BTreeSet<PathBuf>,
}

impl Mails {
    /// Watches these folders; what lies there already is not shown.
    pub(crate) fn watch(folders: &[&Path]) -> Self {
        let mut mails =
            Self { folders: folders.iter().map(|&f| f.to_owned()).collect(), seen: BTreeSet::new() };
        mails.seen = mails.present();
        mails
    }

    fn present(&self) -> BTreeSet<PathBuf> {
        self.folders
            .iter()
            .filter_map(|folder| folder.read_dir().ok())
            .flatten()
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
            .collect()
    }

    /// The texts of the mails that came since the last question.
    pub(crate) fn arrived(&mut self) -> Vec<String> {
        let present = self.present();
        let fresh: Vec<PathBuf> = present.difference(&self.seen).cloned().collect();
        self.seen = present;
        fresh.iter().filter_map(|path| Some(text(&std::fs::read(path).ok()?, path))).collect()
    }
}

fn text(bytes: &[u8], path: &Path) -> String {
    let Some(mail) = mail_parser::MessageParser::default().parse(bytes) else {
        return format!("A mail that cannot be read: {}", path.display());
    };
    let to = mail.to().and_then(|to| to.first()).and_then(|to| to.address()).unwrap_or("?");
    let subject = mail.subject().unwrap_or("?");
    let body = mail.body_text(0).unwrap_or_default();
    let body: String = body.trim_end().lines().map(|line| format!("  │ {line}\n")).collect();
    format!("  ┌ mail to {to}: {subject}\n{body}  └ {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_japanese_mail_is_shown_as_text() {
        let mail = "To: taro@data-bank.co.jp\r\nSubject: =?utf-8?b?5Ymy56ym?=\r\n\
                    Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n5Ymy56ym\r\n";
        let shown = text(mail.as_bytes(), Path::new("a.eml"));
        assert_eq!(shown, "  ┌ mail to taro@data-bank.co.jp: 割符\n  │ 割符\n  └ a.eml");
    }
}

//! Owns メール通知パスワード: how it is drawn, mailed and read again.
//! Refuses to know what it opens.
//! Invariant: in clear it exists in the mail and nowhere else; the store holds a digest keyed by the session.

use askama::Template;
use rand::rngs::OsRng;
use rand::seq::SliceRandom as _;
use unicode_normalization::UnicodeNormalization as _;
use warifu_core::japan;
use warifu_core::time::UnixMillis;
use warifu_core::wire::bank::MailAddress;
use zeroize::Zeroizing;

use crate::App;
use crate::failure::Failure;
use crate::store::applications::MailedPassword;
use crate::store::outbox::NewMail;
use crate::token::Token;

pub(super) const LENGTH: usize = 8;
/// No I, O, 0 and 1: nothing that one reads for another. 32 signs, so 8 of them are 40 bits.
const SIGNS: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

#[derive(Template)]
#[template(path = "mail/mailed_password/text.txt")]
struct Text<'a>(Words<'a>);

#[derive(Template)]
#[template(path = "mail/mailed_password/page.html")]
struct HtmlBody<'a>(Words<'a>);

#[derive(Clone, Copy)]
struct Words<'a> {
    institution: &'a str,
    phone: &'a str,
    phone_hours: &'a str,
    password: &'a str,
    sent_at: &'a str,
    /// The same in numbers.
    sent_at_en: &'a str,
    minutes: u32,
    demo: bool,
}

/// Draws one and writes its mail. `form`: which form asked for it.
pub(super) fn write(
    app: &App,
    token: &Token,
    form: &str,
    to: &MailAddress,
) -> Result<MailedPassword, Failure> {
    let (now, limits, institution) = (app.clock.now(), &app.config.limits, &app.config.institution);
    let password = draw();
    let (sent_at, sent_at_en) = (japan::long(now), japan::day_and_second(now));
    let words = Words {
        institution: &institution.name,
        phone: &institution.phone,
        phone_hours: &institution.phone_hours,
        password: &password,
        sent_at: &sent_at,
        sent_at_en: &sent_at_en,
        minutes: limits.mailed_password_minutes,
        demo: app.config.demo,
    };
    let expires_at: UnixMillis = now.plus(i64::from(limits.mailed_password_minutes) * 60_000);
    Ok(MailedPassword {
        form: form.to_owned(),
        digest: digest(token, &password),
        tries: limits.mailed_password_tries,
        hourly: limits.mails_per_hour,
        expires_at,
        mail: NewMail {
            to: to.to_string(),
            subject: format!("【{}】メール通知パスワードのお知らせ", institution.name),
            text: Text(words).render()?,
            html: HtmlBody(words).render()?,
            give_up_at: expires_at,
        },
    })
}

/// What was typed in its one form: half width, capitals, no blanks or hyphens. `None`: it cannot be one.
pub(super) fn read(typed: &str) -> Option<Zeroizing<String>> {
    let signs = typed.nfkc().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_uppercase());
    let read = Zeroizing::new(signs.take(LENGTH + 1).collect::<String>());
    (read.len() == LENGTH && read.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(read)
}

pub(super) fn digest(token: &Token, password: &str) -> [u8; 32] {
    token.digest("mailed-password", password)
}

fn draw() -> Zeroizing<String> {
    let sign = || char::from(*SIGNS.choose(&mut OsRng).expect("there are 32 signs"));
    Zeroizing::new(std::iter::repeat_with(sign).take(LENGTH).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_can_be_read_again_however_it_is_typed() {
        for _ in 0..1_000 {
            let drawn = draw();
            let typed = format!(" {}-{} ", drawn[..4].to_lowercase(), &drawn[4..]);
            assert_eq!(read(&typed).unwrap(), drawn);
        }
        assert_eq!(read("ａｂｃｄ２３４５").unwrap().as_str(), "ABCD2345");
        for bad in ["", "ABCD234", "ABCD23456", "ABCD234!", "パスワード2345"] {
            assert!(read(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn both_bodies_render_in_japanese_then_english_and_hold_no_link() {
        let words = Words {
            institution: "仙北信用組合",
            phone: "0187-00-0000",
            phone_hours: "平日 9:00～17:00",
            password: "ABCD2345",
            sent_at: "2026年11月23日 20時43分00秒",
            sent_at_en: "2026/11/23 20:43:00",
            minutes: 10,
            demo: true,
        };
        for body in [Text(words).render().unwrap(), HtmlBody(words).render().unwrap()] {
            let (japanese, english) =
                (body.find("メール通知パスワード").unwrap(), body.find("one-time").unwrap());
            assert!(japanese < english && body.contains("ABCD2345") && body.contains("2026年11月23日"));
            assert!(body[english..].contains("2026/11/23 20:43:00"));
            assert!(!body.contains("http") && !body.contains("href"));
        }
    }
}

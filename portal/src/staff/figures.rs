//! Owns 本日の集計: what happened today, hour by hour, as numbers and as a picture drawn here.
//! Refuses to count; the centre does, from its audit log.
//! Invariant: whatever the picture shows stands in the table, too; the day is Japan's.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use warifu_core::japan::day;
use warifu_core::time::{DAY, UnixMillis};
use warifu_core::wire::bank::HourFigures;

use super::session::OnDuty;
use crate::App;
use crate::bilingual::{Text, both};
use crate::failure::Failure;
use crate::form;
use crate::page::{Desk, Shell, render};
use crate::routes::Page;

const HOUR: i64 = DAY / 24;
/// Japan has kept this distance from UTC all the time that there have been tokens.
const JAPAN: i64 = 9 * HOUR;
/// How many days back can be looked at.
const DAYS_BACK: i64 = 30;

#[derive(Template)]
#[template(path = "staff/figures.html")]
struct Figures {
    shell: Shell,
    day: String,
    /// How many days ago it is.
    ago: i64,
    days_back: i64,
    sums: [(Text, u64, &'static str); 5],
    hours: Vec<(Text, HourFigures)>,
    chart: Chart,
}

/// `GET /staff/figures`, `?ago=1` for yesterday.
pub(crate) async fn show_figures(State(app): State<App>, who: OnDuty, OriginalUri(uri): OriginalUri) -> Page {
    let ago = form::asked(&uri, "ago").parse().unwrap_or(0).clamp(0, DAYS_BACK);
    let (from, to) = day_of(app.clock.now(), ago);
    let figures = app.centre.figures(from, to).await;
    let kept = both("集計には、何も変わりはありません。", "The figures are as they were.");
    let figures = figures.map_err(|cause| Failure::Away { cause, kept, back: "/staff" })?;
    let shell = who.shell(&app, Desk::Figures);
    render(StatusCode::OK, &view(shell, from, ago, figures.hours))
}

/// Where a day of Japan begins and where it ends, so many days ago.
fn day_of(now: UnixMillis, ago: i64) -> (UnixMillis, UnixMillis) {
    let begins = (now.0 + JAPAN).div_euclid(DAY) * DAY - JAPAN - ago * DAY;
    (UnixMillis(begins), UnixMillis(begins + DAY))
}

fn view(shell: Shell, from: UnixMillis, ago: i64, hours: Vec<HourFigures>) -> Figures {
    let sum = |of: fn(&HourFigures) -> u64| hours.iter().map(of).sum();
    Figures {
        shell,
        day: day(from),
        ago,
        days_back: DAYS_BACK,
        sums: [
            (both("トークン発行", "Issued"), sum(|h| h.issued), "issued"),
            (both("利用開始", "Put to use"), sum(|h| h.activated), "activated"),
            (both("利用停止", "Suspended"), sum(|h| h.suspended), "suspended"),
            (both("正しい番号", "Right codes"), sum(|h| h.accepted), "accepted"),
            (both("違う番号", "Wrong codes"), sum(|h| h.wrong), "wrong"),
        ],
        chart: Chart::of(&hours),
        hours: hours.into_iter().map(|h| (clock(h.hour), h)).collect(),
    }
}

/// The hour of the day in Japan.
fn clock(hour: UnixMillis) -> Text {
    let hour = (hour.0 + JAPAN).rem_euclid(DAY) / HOUR;
    Text::new(format!("{hour}時"), format!("{hour}:00"))
}

/// Bars of codes per hour, right ones below and wrong ones on top of them.
struct Chart {
    bars: Vec<Bar>,
    /// Height and words of the lines across.
    lines: Vec<(u64, u64)>,
    /// Where the hours are written.
    ticks: Vec<(usize, Text)>,
}

struct Bar {
    x: usize,
    accepted: u64,
    wrong: u64,
}

pub(super) const HEIGHT: u64 = 200;
const STEP: usize = 24;

impl Chart {
    fn of(hours: &[HourFigures]) -> Self {
        let most = hours.iter().map(|h| h.accepted + h.wrong).max().unwrap_or(0);
        let top = round_up(most.max(4));
        let height = |count: u64| count * HEIGHT / top;
        let bars = hours.iter().enumerate().map(|(at, h)| Bar {
            x: at * STEP,
            accepted: height(h.accepted),
            // Never too small to be seen.
            wrong: if h.wrong > 0 { height(h.wrong).max(3) } else { 0 },
        });
        let ticks = hours.iter().enumerate().step_by(6).map(|(at, h)| (at * STEP, clock(h.hour)));
        Self {
            bars: bars.collect(),
            lines: [0, top / 4, top / 2, top * 3 / 4, top]
                .map(|count| (HEIGHT - height(count), count))
                .into(),
            ticks: ticks.collect(),
        }
    }
}

/// To 4, 8, 20, 40, 80, 200, …: numbers that four lines divide.
fn round_up(count: u64) -> u64 {
    let mut ten = 1;
    loop {
        if let Some(top) = [4, 8, 20].map(|n| n * ten).into_iter().find(|top| *top >= count) {
            return top;
        }
        ten *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::staff::Role;

    #[test]
    fn the_day_begins_at_midnight_in_japan() {
        // 2026/11/24 00:00 in Japan is 15:00 UTC of the day before.
        let midnight = 1_795_446_000_000;
        for now in [midnight, midnight + 1, midnight + DAY - 1] {
            assert_eq!(day_of(UnixMillis(now), 0), (UnixMillis(midnight), UnixMillis(midnight + DAY)));
        }
        assert_eq!(day_of(UnixMillis(midnight - 1), 0).0, UnixMillis(midnight - DAY));
        assert_eq!((&*day(UnixMillis(midnight)), &*clock(UnixMillis(midnight)).ja), ("2026/11/24", "0時"));
    }

    #[test]
    fn the_picture_and_the_table_tell_the_same_and_an_empty_day_draws() {
        let hour = |at: i64, accepted, wrong| HourFigures {
            hour: UnixMillis(1_795_446_000_000 + at * HOUR),
            issued: 1,
            activated: 0,
            suspended: 0,
            wrong,
            accepted,
        };
        let hours: Vec<_> =
            (0..24).map(|at| hour(at, if at == 9 { 150 } else { 0 }, u64::from(at == 9))).collect();
        let page = view(Shell::staff_sample(Role::Clerk), UnixMillis(1_795_446_000_000), 0, hours);
        assert_eq!(page.sums.each_ref().map(|(_, sum, _)| *sum), [24, 0, 0, 150, 1]);
        assert_eq!(
            (page.chart.bars[9].accepted, page.chart.bars[9].wrong, page.chart.bars[8].accepted),
            (150, 3, 0)
        );
        assert_eq!(page.chart.lines.last(), Some(&(0, 200)));
        let html = page.render().unwrap();
        assert!(html.contains("<svg") && html.contains("9時") && html.contains("2026/11/24"));
        let empty = view(Shell::staff_sample(Role::Clerk), UnixMillis(0), 1, Vec::new());
        assert!(empty.render().unwrap().contains("<svg"));
    }

    #[test]
    fn the_top_of_the_picture_is_a_number_that_four_lines_divide() {
        for (count, top) in
            [(0, 4), (4, 4), (5, 8), (9, 20), (21, 40), (41, 80), (200, 200), (12_345, 20_000)]
        {
            assert_eq!(round_up(count), top, "{count}");
        }
    }
}

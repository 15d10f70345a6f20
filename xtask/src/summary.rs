//! Owns what is told at the end: each step, how long it took, what passed and what did not, and why.
//! Refuses to know what the steps do.
//! Invariant: a step that did not run is listed, with the reason; a failure's own words stand at the end.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

enum Ending {
    Passed,
    Failed(String),
    NotRun(String),
}

/// The steps so far.
#[derive(Default)]
pub(crate) struct Summary {
    steps: Vec<(String, Ending, Duration)>,
    passed: usize,
    failed: usize,
    ignored: usize,
    complaints: Vec<String>,
}

impl Summary {
    /// Runs a step that counts as one.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<(), String>) -> bool {
        self.tests(name, || match work() {
            Ok(()) => (Tally { passed: 1, ..Tally::default() }, None),
            Err(why) => (Tally { failed: 1, ..Tally::default() }, Some(why)),
        })
    }

    /// Runs a step that counts its tests; with a reason it has failed.
    pub(crate) fn tests(&mut self, name: &str, work: impl FnOnce() -> (Tally, Option<String>)) -> bool {
        println!("\n── {name}");
        let begun = Instant::now();
        let (tally, why) = work();
        self.passed += tally.passed;
        self.failed += tally.failed.max(usize::from(why.is_some()));
        self.ignored += tally.ignored;
        let good = why.is_none();
        if let Some(why) = &why {
            eprintln!("{why}");
            self.complaints.extend(tally.complaints.lines);
        }
        let ending = why.map_or(Ending::Passed, Ending::Failed);
        self.steps.push((name.to_owned(), ending, begun.elapsed()));
        good
    }

    /// Notes a step that could not run; the reason is told.
    pub(crate) fn not_run(&mut self, name: &str, why: &str) {
        println!("\n── {name}: not run: {why}");
        self.steps.push((name.to_owned(), Ending::NotRun(why.to_owned()), Duration::ZERO));
    }

    /// Prints it all; an error when anything failed.
    pub(crate) fn tell(self) -> Result<(), String> {
        println!("\n── summary");
        for (name, ending, took) in &self.steps {
            let took = took.as_secs_f64();
            match ending {
                Ending::Passed => println!("   passed  {took:7.1} s  {name}"),
                Ending::Failed(why) => println!("   FAILED  {took:7.1} s  {name}: {}", first_line(why)),
                Ending::NotRun(why) => println!("   not run            {name}: {}", first_line(why)),
            }
        }
        if !self.complaints.is_empty() {
            println!("── why");
            self.complaints.iter().for_each(|line| println!("   {line}"));
        }
        let not_run = self.steps.iter().filter(|(_, ending, _)| matches!(ending, Ending::NotRun(_))).count();
        match self.ignored + not_run {
            0 => println!("{} passed, {} failed", self.passed, self.failed),
            skipped => println!("{} passed, {} failed, {skipped} skipped", self.passed, self.failed),
        }
        if self.failed == 0 { Ok(()) } else { Err("Something failed; it is named above.".to_owned()) }
    }
}

fn first_line(text: &str) -> &str {
    text.lines().find(|line| !line.is_empty()).unwrap_or_default()
}

/// What a test program said of itself.
#[derive(Default, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) ignored: usize,
    pub(crate) complaints: Complaints,
    /// Tests that said to take long, and have not ended.
    pub(crate) long: BTreeSet<String>,
}

/// Where tests panicked, and the first lines of what they said then: a long log above is soon cut.
#[derive(Default, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaints {
    lines: Vec<String>,
    /// How many lines of the last panic are still wanted.
    wanted: usize,
}

impl Complaints {
    /// Lines kept of a panic: where, and three of what was said.
    const OF_EACH: usize = 4;
    /// Lines kept of all.
    const OF_ALL: usize = 40;
    /// Characters kept of a line.
    const WIDTH: usize = 300;

    fn read(&mut self, line: &str) {
        if line.starts_with("thread '") && line.contains("panicked at") {
            self.wanted = Self::OF_EACH;
        }
        if line.is_empty() || line.starts_with("stack backtrace:") || line.starts_with("note: ") {
            self.wanted = 0;
        }
        if self.wanted > 0 && self.lines.len() < Self::OF_ALL {
            self.wanted -= 1;
            self.lines.push(line.chars().take(Self::WIDTH).collect());
        }
    }
}

impl Tally {
    /// Adds what a line of a test program says, if it is its closing line or tells of a panic.
    pub(crate) fn read(&mut self, line: &str) {
        self.complaints.read(line);
        self.read_long(line);
        let Some(counts) = line.strip_prefix("test result: ") else { return };
        let counts = counts.split_once(". ").map_or("", |(_, counts)| counts);
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let Some(Ok(number)) = words.next().map(str::parse::<usize>) else { continue };
            match words.next() {
                Some("passed") => self.passed += number,
                Some("failed") => self.failed += number,
                Some("ignored") => self.ignored += number,
                _ => {}
            }
        }
    }

    /// Notes a test that runs on, until it says how it ended.
    fn read_long(&mut self, line: &str) {
        let Some((name, rest)) = line.strip_prefix("test ").and_then(|rest| rest.split_once(' ')) else {
            return;
        };
        if rest.starts_with("has been running for over") {
            self.long.insert(name.to_owned());
        } else if rest.starts_with("... ") {
            self.long.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_of_a_test_program_is_counted_and_no_other() {
        let mut tally = Tally::default();
        tally
            .read("test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 4 filtered out; finished");
        tally.read("3 passed; 9 failed");
        assert_eq!(tally, Tally { passed: 3, failed: 1, ignored: 2, ..Tally::default() });
    }

    #[test]
    fn of_a_panic_the_place_and_its_first_words_are_kept() {
        let mut tally = Tally::default();
        let said = "a test said this\nthread 'walk' (7) panicked at site/walk.rs:1:2:\nno such page\nstack backtrace:\n   0: begin";
        said.lines().for_each(|line| tally.read(line));
        assert_eq!(
            tally.complaints.lines,
            ["thread 'walk' (7) panicked at site/walk.rs:1:2:", "no such page"]
        );
    }

    #[test]
    fn a_test_that_has_not_ended_is_known_by_its_name() {
        let mut tally = Tally::default();
        for name in ["walk::one", "walk::two"] {
            tally.read(&format!("test {name} has been running for over 60 seconds"));
        }
        tally.read("test walk::one ... ok");
        assert_eq!(tally.long, ["walk::two".to_owned()].into());
    }

    #[test]
    fn a_failed_step_fails_the_whole_and_one_that_did_not_run_does_not() {
        let mut summary = Summary::default();
        summary.not_run("types", "no npm");
        assert!(summary.step("a", || Ok(())));
        assert!(summary.tell().is_ok());
        let mut summary = Summary::default();
        assert!(!summary.step("b", || Err("why".to_owned())));
        assert!(summary.tell().is_err());
    }
}

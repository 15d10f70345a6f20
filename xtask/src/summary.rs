//! Owns what is told at the end: each step, how long it took, what passed and what did not.
//! Refuses to know what the steps do.
//! Invariant: a step that did not run is listed, with the reason.

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
#[derive(Default, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) ignored: usize,
}

impl Tally {
    /// Adds what a line of a test program says, if it is its closing line.
    pub(crate) fn read(&mut self, line: &str) {
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
        assert_eq!(tally, Tally { passed: 3, failed: 1, ignored: 2 });
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

//! Owns the layout proof: every state of every screen, at every width and text size, in both languages and colours.
//! Refuses to judge a page itself.
//! Invariant: a screen or a test id of `ui/` that no state draws is a failure.

use std::collections::BTreeSet;

use harness::web_view::Manner;

use crate::sheet;
use crate::studio::{Studio, checkout};
use crate::wall::{LANGUAGES, Wall, pictures};

const LIGHT: Manner = Manner { is_dark: false, is_calm: false };
const DARK_AND_CALM: Manner = Manner { is_dark: true, is_calm: true };

/// What a run saw.
#[derive(Default)]
struct Seen {
    wrong: Vec<String>,
    screens: BTreeSet<String>,
    ids: BTreeSet<String>,
    pictures: Vec<String>,
}

async fn look_at_everything(studio: &Studio, manner: Manner) -> Seen {
    let wall = Wall::hang(studio, manner).await;
    let mut seen = Seen::default();
    for state in &wall.states {
        for language in LANGUAGES {
            let shown = wall.show(state, language).await;
            let wrong = wall.wrong(state, language, &shown);
            wrong.iter().for_each(|line| println!("{line}"));
            seen.wrong.extend(wrong);
            seen.screens.extend(shown.screens.iter().flat_map(|class| class.split(' ')).map(str::to_owned));
            seen.pictures.push(wall.picture(state, language));
            seen.ids.extend(shown.ids);
        }
    }
    seen
}

#[tokio::test]
async fn every_screen_is_whole_at_every_width_text_size_language_and_colour() {
    let folder = pictures();
    // Pictures of an earlier run would stand among those of this one.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let studio = Studio::open().await;
    let (light, dark) =
        tokio::join!(look_at_everything(&studio, LIGHT), look_at_everything(&studio, DARK_AND_CALM));
    sheet::write(&folder, &light.pictures, &dark.pictures);
    let wrong = [light.wrong, dark.wrong].concat();
    println!("{} states, {} findings, {}", light.pictures.len() / 2, wrong.len(), folder.display());
    assert!(wrong.is_empty(), "{} findings, which stand above", wrong.len());
    if std::env::var_os("WARIFU_STATES").is_some() {
        return;
    }

    let drawn = checkout("ui/screens").read_dir().expect("ui/ has screens").flatten();
    let forgotten: Vec<String> = drawn
        .filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned()))
        .filter(|screen| !light.screens.contains(screen))
        .collect();
    assert!(forgotten.is_empty(), "no state draws these screens: {forgotten:?}");
    let forgotten: Vec<String> =
        crate::ids::in_ui().into_iter().filter(|id| !light.ids.contains(id)).collect();
    assert!(forgotten.is_empty(), "no state draws these test ids: {forgotten:?}");
    let promised = crate::ids::promised();
    let missing: Vec<_> = light.ids.difference(&promised).collect();
    let gone: Vec<_> = promised.difference(&light.ids).collect();
    assert!(missing.is_empty() && gone.is_empty(), "docs/testing.md lacks {missing:?} and has {gone:?}");
}

#[tokio::test]
async fn what_is_clipped_overlaps_or_is_too_wide_too_small_or_too_faint_is_found() {
    let studio = Studio::open().await;
    let wall = Wall::hang(&studio, LIGHT).await;
    let add = |style: &str| {
        format!(
            "const box = doc.createElement('p'); box.textContent = 'planted text 12345678'; box.style.cssText = '{style}';
             doc.querySelector('main').append(box);"
        )
    };
    let digits = "const half = doc.querySelector('[data-testid=\"code-value\"]').firstChild;";
    let plants = [
        ("clipped", add("width: 60px; height: 20px; overflow: hidden; white-space: nowrap")),
        ("clipped", add("max-width: 60px; border: 1px solid; white-space: nowrap")),
        ("too wide", add("width: 900px")),
        ("sideways", add("width: 900px")),
        ("sideways", add("overflow-x: auto; white-space: nowrap; max-width: 50px")),
        ("overlap", add("position: relative; top: -60px")),
        ("torn", add("width: 3em")),
        ("contrast", add("color: #999; background: #fff")),
        ("contrast", add("opacity: 0.4")),
        ("contrast", format!("{digits} half.style.color = '#66605a';")),
        ("digits", format!("{digits} half.style.fontSize = '90px'; half.style.maxWidth = '40px';")),
        ("digits", format!("{digits} half.style.fontSize = '8px';")),
        ("digits", format!("{digits} half.firstChild.textContent = '03 72'; half.style.whiteSpace = 'normal'; half.style.width = '1em'; half.style.flex = 'none';")),
        ("twice", "const copy = doc.querySelector('[data-testid=\"copy\"]'); copy.after(copy.cloneNode(true));".to_owned()),
        ("target", "doc.querySelector('[data-testid=\"copy\"]').style.cssText = 'min-height: 0; height: 30px; padding: 0';".to_owned()),
    ];
    for (kind, change) in plants {
        let shown = wall.show("code", "ja").await;
        assert_eq!(wall.wrong("code", "ja", &shown), Vec::<String>::new());
        let found = wall.plant(320, 100, &change).await;
        assert!(
            found.iter().any(|line| line.starts_with(kind)),
            "{kind} was not found after {change}: {found:?}"
        );
    }
}

#[tokio::test]
async fn a_likeness_on_the_wall_is_the_page_itself() {
    let studio = Studio::open().await;
    let wall = Wall::hang(&studio, LIGHT).await;
    for state in ["setup-filled", "code", "tokens", "refusal-no_vault"] {
        assert_eq!(wall.compare(state).await, Vec::<String>::new(), "{state}");
    }
}

#[tokio::test]
async fn axe_finds_nothing_on_any_screen_in_any_state() {
    let studio = Studio::open().await;
    let look = async |manner, language| {
        let wall = Wall::hang(&studio, manner).await;
        let mut wrong = Vec::new();
        for state in &wall.states {
            let found = wall.axe(state, language).await;
            found.iter().for_each(|line| println!("{state} · {language}: {line}"));
            wrong.extend(found);
        }
        wrong
    };
    let (light, dark) = tokio::join!(look(LIGHT, "ja"), look(DARK_AND_CALM, "en"));
    assert!(light.is_empty() && dark.is_empty(), "axe found {}, which stand above", light.len() + dark.len());
}

#[tokio::test]
async fn axe_looks_into_the_page_and_finds_what_is_wrong_there() {
    let studio = Studio::open().await;
    let wall = Wall::hang(&studio, LIGHT).await;
    assert_eq!(wall.axe("code", "ja").await, Vec::<String>::new());
    let planted = wall.axe_after("const image = doc.createElement('img'); doc.querySelector('main').append(image);
        const pale = doc.createElement('p'); pale.textContent = 'pale'; pale.style.color = '#ccc'; doc.querySelector('main').append(pale);").await;
    for rule in ["image-alt", "color-contrast"] {
        assert!(planted.iter().any(|line| line.starts_with(rule)), "{rule}: {planted:?}");
    }
}

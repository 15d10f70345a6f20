//! Owns the proof that an institution is configuration: another name, colour, logo, limit, text and service ID.
//! Refuses to know the first institution's pages.
//! Invariant: nothing of the demo institution shows through, and a colour that cannot be read is refused at start.

use std::process::Command;

use harness::portal::Portal;
use harness::programs;

use crate::stage::Stage;

const NAME: &str = "角館信用組合";
const SERVICE_ID: &str = "20224466";
const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="#7a1f2b"/></svg>"##;

#[tokio::test(flavor = "multi_thread")]
async fn another_institution_is_its_settings_and_nothing_of_the_first_shows_through() {
    let mut stage = Stage::set().await;
    let mut add = Command::new(programs::qa("warifu-server"));
    add.args(["institution", "add", "--service-id", SERVICE_ID, "--name", NAME]);
    add.args(["--name-kana", "カクノダテシンヨウクミアイ", "--folder"]).arg(stage.centre.folder());
    let added = add.output().expect("the centre's own program starts");
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let folder = stage.folder.path().join("second");
    std::fs::create_dir_all(&folder).expect("the test's folder can be written");
    std::fs::write(folder.join("bank.key"), &added.stdout).expect("a key can be written");
    std::fs::write(folder.join("logo.svg"), LOGO).expect("a logo can be written");
    let settings = |accent: &str| {
        format!(
            "[institution]\nname = \"{NAME}\"\nsite = \"かくのだてネット\"\naccent = \"{accent}\"\nlogo = \"{}\"\n\
             news = \"年末年始は、12月31日から1月3日までお休みします。\"\nphone = \"0187-11-1111\"\n\
             phone_hours = \"平日 8:30～16:00\"\nsender_addresses = [\"kakunodate@bank.example\"]\n\
             [centre]\nkey_file = \"{}\"\n[mail]\nfrom = \"{NAME} <kakunodate@bank.example>\"\n\
             [limits]\nwithout_token_yen = 100000\n",
            folder.join("logo.svg").display(),
            folder.join("bank.key").display()
        )
    };
    let file = folder.join("portal.toml");
    std::fs::write(&file, settings("#ffd000")).expect("settings can be written");
    let mut refused = Portal::command(&folder, &stage.clock, &stage.centre);
    let refused = refused.arg("--config").arg(&file).output().expect("the portal's program starts");
    let why = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && why.contains("#ffd000") && why.contains("contrast"), "{why}");
    std::fs::write(&file, settings("#7a1f2b")).expect("settings can be written");
    stage.portal = Portal::start_with(&folder, &stage.clock, &stage.centre, &file);

    let page = stage.page();
    stage.go("/sign-in").await;
    let text = page.all_text().await;
    assert!(text.contains("かくのだてネット") && text.contains("0187-11-1111"), "{text}");
    assert!(page.read("news").await.contains("年末年始"));
    let colour = page.run("return getComputedStyle(document.querySelector('.head')).borderTopColor").await;
    assert_eq!(colour, "rgb(122, 31, 43)");
    let logo = page.run("return document.querySelector('.brand img').src").await;
    let logo =
        harness::http::client().get(logo.as_str().expect("an address")).send().await.expect("it answers");
    assert_eq!(logo.text().await.expect("a picture"), LOGO);
    stage.sign_in().await;
    page.see("screen-top").await;
    stage.apply().await;
    stage.go("/otp/issue/confirm").await;
    let before = page.all_text().await;
    let mails = stage.mail.mails().len();
    assert!(!before.contains("仙北信用組合") && !text.contains("仙北信用組合"));
    // Mails of this portal are files.
    assert_eq!(mails, 0);
    stage.go("/staff/sign-in").await;
    assert!(page.all_text().await.contains(NAME));
}

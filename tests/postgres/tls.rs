//! Owns the encrypted line to the database: who is trusted, who is not, and that nothing goes without.
//! Refuses to trust files of the machine: every certificate is made here.
//! Invariant: what is refused is refused by the same programs that the accepted line was shown with.

use std::path::Path;
use std::process::Command;

use harness::postgres::{Place, Postgres};
use harness::programs;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

use harness::asked::{Question, Reply, client};
use harness::scene::Scene;

/// Only encrypted callers, and of the database `known` only such as show a certificate of the root and know the password.
const CALLERS: &str = "local all all trust\n\
    hostssl known all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n\
    hostssl all all 127.0.0.1/32 trust\n";

type Root = CertifiedIssuer<'static, KeyPair>;

fn key() -> KeyPair {
    KeyPair::generate().expect("a key can be made")
}

fn root(name: &str) -> Root {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, key()).expect("a root can sign itself")
}

/// A certificate for that name and its key.
fn signed(by: &Root, name: &str) -> (String, String) {
    let key = key();
    let params = CertificateParams::new(vec![name.to_owned()]).expect("the name is one of a host");
    let certificate = params.signed_by(&key, by).expect("a root can sign");
    (certificate.pem(), key.serialize_pem())
}

async fn encrypted(root: &Root, server: &(String, String)) -> Postgres {
    let files =
        [("root.pem", root.pem()), ("server.pem", server.0.clone()), ("server.key", server.1.clone())];
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let place = Place { callers: Some(CALLERS), files: &files, ..Place::default() };
    let settings = ["ssl=on", "ssl_ca_file=root.pem", "ssl_cert_file=server.pem", "ssl_key_file=server.key"];
    Postgres::start_at(&place, &settings).await
}

fn file(folder: &TempDir, name: &str, text: &str) -> String {
    let file = folder.path().join(name);
    std::fs::write(&file, text).expect("the test's folder can be written");
    file.display().to_string()
}

/// What a centre says that does not start with that database.
fn refusal(folder: &Path, database: &str) -> String {
    let mut centre = Command::new(programs::qa("warifu-server"));
    centre.args(["serve", "--demo", "--listen", "127.0.0.1:0", "--folder"]).arg(folder);
    let output =
        centre.env("WARIFU_SERVER_DATABASE", database).output().expect("the centre's program starts");
    assert!(!output.status.success(), "{database} was taken");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_to_the_database_is_encrypted_and_ends_at_the_host_that_the_root_vouches_for() {
    let (own, other) = (root("the bank's root"), root("another root"));
    let server = encrypted(&own, &signed(&own, "localhost")).await;
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let (trusted, strange) = (file(&folder, "own.pem", &own.pem()), file(&folder, "other.pem", &other.pem()));
    server.database("open");
    let address = |host: &str, name: &str, words: &str| {
        format!("postgres://warifu@{host}:{}/{name}?{words}", server.port())
    };
    let full = format!("sslmode=verify-full&sslrootcert={trusted}");
    let scene = Scene::set(&address("localhost", "open", &full), 1, 2);
    let question = Question::new(&client(), &scene.centres[0], 0, &scene.code(0, scene.clock.step()));
    for centre in &scene.centres {
        assert_eq!(question.ask(&centre.url).await, Reply::Verdict("accepted".to_owned()));
    }
    let seen = "SELECT count(*) FILTER (WHERE ssl), count(*) FILTER (WHERE NOT ssl) FROM pg_stat_ssl \
        JOIN pg_stat_activity USING (pid) WHERE application_name = 'warifu-server'";
    let seen = server.sql("postgres", seen);
    let (encrypted, clear) = seen.split_once('|').expect("two numbers were asked for");
    assert!(encrypted.parse::<usize>().is_ok_and(|count| count >= 4) && clear == "0", "{seen}");

    let cases = [
        ("another name than the certificate's", address("127.0.0.1", "open", &full), "not valid for name"),
        (
            "another root",
            address("localhost", "open", &format!("sslmode=verify-full&sslrootcert={strange}")),
            "UnknownIssuer",
        ),
        ("in the clear", address("localhost", "open", "sslmode=disable"), "no encryption"),
        ("unproved", address("localhost", "open", "sslmode=require"), "sslmode has to be verify-full"),
        ("no root", address("localhost", "open", "sslmode=verify-full"), "sslrootcert"),
    ];
    let place = folder.path();
    std::thread::scope(|scope| {
        for (number, (name, database, words)) in cases.iter().enumerate() {
            scope.spawn(move || {
                let said = refusal(&place.join(number.to_string()), database);
                assert!(said.contains(words), "{name}: {said}");
            });
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_database_wants_a_certificate_and_a_password_of_the_centre_both_are_shown() {
    let own = root("the bank's root");
    let server = encrypted(&own, &signed(&own, "localhost")).await;
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let trusted = file(&folder, "own.pem", &own.pem());
    let (certificate, key) = signed(&own, "centre.example");
    let (certificate, key) = (file(&folder, "centre.pem", &certificate), file(&folder, "centre.key", &key));
    server.database("known");
    server.sql("known", "ALTER ROLE warifu PASSWORD 'known to both'");
    let without = format!(
        "postgres://warifu:known%20to%20both@localhost:{}/known?sslmode=verify-full&sslrootcert={trusted}",
        server.port()
    );
    let with = format!("{without}&sslcert={certificate}&sslkey={key}");
    let scene = Scene::set(&with, 1, 1);
    let question = Question::new(&client(), &scene.centres[0], 0, &scene.code(0, scene.clock.step()));
    assert_eq!(question.ask(&scene.centres[0].url).await, Reply::Verdict("accepted".to_owned()));
    let said = refusal(&folder.path().join("without"), &without);
    assert!(said.contains("client certificate"), "{said}");
    let said = refusal(&folder.path().join("unknown"), &with.replace("known%20to%20both", "guessed"));
    assert!(said.contains("password authentication failed"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_encrypt_is_not_spoken_to() {
    let server = Postgres::start(&[]).await;
    let folder = tempfile::tempdir().expect("the system has a folder for temporary files");
    let trusted = file(&folder, "root.pem", &root("the bank's root").pem());
    let address = format!("{}?sslmode=verify-full&sslrootcert={trusted}", server.address("postgres"));
    let said = refusal(&folder.path().join("centre"), &address);
    assert!(said.contains("does not support TLS"), "{said}");
}

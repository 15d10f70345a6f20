//! Owns the tools that no Debian package brings: a C compiler for every platform, a Swift parser, the Kotlin compiler,
//! Android's classes. They lie in a cache below the person's home.
//! Refuses to know what is compiled with them.
//! Invariant: each is fetched once, at a fixed version, after it was said.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::checkout::Checkout;

/// Their versions; another set goes to another folder.
const PYTHON: &[&str] = &["ziglang==0.17.1", "tree-sitter==0.26.1", "tree-sitter-swift==0.7.4"];
const KOTLIN: &str = "kotlin-compiler@2.4.20";
/// The last Debian that had Android's classes.
const ANDROID: [&str; 2] = ["bullseye", "libandroid-23-java"];
const JAR: &str = "usr/lib/android-sdk/platforms/android-23/android.jar";

/// The tools, in their folder.
pub(crate) struct Tools {
    folder: PathBuf,
}

/// Where they lie: `platforms` in the cache of this product.
pub(crate) fn cache() -> Result<PathBuf, String> {
    let below = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let below = below.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    Ok(below.ok_or("Neither XDG_CACHE_HOME nor HOME is set.")?.join("warifu/platforms"))
}

/// Where cargo keeps the sources of a dependency.
pub(crate) fn source_of(here: &Checkout, package: &str) -> Result<PathBuf, String> {
    let answer = crate::cargo::cargo(here).args(["metadata", "--format-version", "1"]).output();
    let answer = answer.map_err(|why| format!("cargo could not be started: {why}"))?;
    let described: serde_json::Value =
        serde_json::from_slice(&answer.stdout).map_err(|_| "cargo cannot read the workspace")?;
    let found =
        described["packages"].as_array().and_then(|all| all.iter().find(|one| one["name"] == package));
    let manifest = found.and_then(|one| one["manifest_path"].as_str());
    let folder = manifest.and_then(|manifest| Path::new(manifest).parent());
    folder.map(Path::to_owned).ok_or_else(|| format!("The workspace does not use {package}."))
}

impl Tools {
    /// Sees to it that those for the wanted platforms are there.
    pub(crate) fn below(folder: &Path, wants: impl Fn(&str) -> bool) -> Result<Self, String> {
        let tools = Self { folder: folder.to_owned() };
        if ["android", "ios", "macos"].into_iter().any(&wants) {
            tools.bring(&tools.python(), PYTHON, |tools| tools.bring_python())?;
        }
        if wants("android") {
            tools.bring(&tools.kotlin(), &[KOTLIN], |tools| tools.bring_kotlin())?;
            tools.bring(&tools.android_jar(), &ANDROID, |tools| tools.bring_android())?;
        }
        Ok(tools)
    }

    /// A folder of the cache, made if it is not there.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf, String> {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        Ok(folder)
    }

    /// An executable script of the cache.
    pub(crate) fn script(&self, name: &str, text: &str) -> Result<PathBuf, String> {
        let path = self.folder("bin")?.join(name);
        let fail = |why: std::io::Error| format!("{}: {why}", path.display());
        // An unchanged one keeps its time: cargo would compile the C anew.
        if std::fs::read_to_string(&path).is_ok_and(|found| found == text) {
            return Ok(path);
        }
        std::fs::write(&path, text).map_err(fail)?;
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).map_err(fail)?;
        Ok(path)
    }

    /// A script that compiles C for `target`; clang's own words for targets are dropped.
    pub(crate) fn c_compiler(&self, target: &str) -> String {
        format!(
            "#!/bin/sh\nleft=$#\nwhile [ $left -gt 0 ]; do\n  word=$1; shift; left=$((left - 1))\n  case $word in\n    \
             --target=*|-m*-version-min=*) ;;\n    -arch|-isysroot|-target) shift; left=$((left - 1)) ;;\n    \
             *) set -- \"$@\" \"$word\" ;;\n  esac\ndone\nexec '{}' -m ziglang cc -target {target} \"$@\"\n",
            self.python().display()
        )
    }

    /// A script that puts compiled C together.
    pub(crate) fn archiver(&self) -> String {
        format!("#!/bin/sh\nexec '{}' -m ziglang ar \"$@\"\n", self.python().display())
    }

    /// A Python that has them.
    pub(crate) fn python(&self) -> PathBuf {
        self.folder.join("python/bin/python")
    }

    /// The Kotlin compiler: a script for bash.
    pub(crate) fn kotlin(&self) -> PathBuf {
        self.folder.join("kotlin/node_modules/kotlin-compiler/bin/kotlinc")
    }

    /// Android's classes.
    pub(crate) fn android_jar(&self) -> PathBuf {
        self.folder.join("android").join(JAR)
    }

    fn bring(
        &self,
        wanted: &Path,
        names: &[&str],
        how: impl FnOnce(&Self) -> Result<(), String>,
    ) -> Result<(), String> {
        if wanted.is_file() {
            return Ok(());
        }
        println!("Fetching {} into {}", names.join(" "), self.folder.display());
        how(self)?;
        if wanted.is_file() { Ok(()) } else { Err(format!("{} did not come with it.", wanted.display())) }
    }

    fn bring_python(&self) -> Result<(), String> {
        let folder = self.folder("python")?;
        ran(Command::new("/usr/bin/python3").args(["-m", "venv"]).arg(&folder))?;
        let brought = ran(Command::new(self.python()).args(["-m", "pip", "install", "--quiet"]).args(PYTHON));
        if brought.is_err() {
            // A Python without them would be taken for one that has them.
            std::fs::remove_dir_all(&folder).map_err(|why| format!("{}: {why}", folder.display()))?;
        }
        brought
    }

    fn bring_kotlin(&self) -> Result<(), String> {
        let folder = self.folder("kotlin")?;
        ran(Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--prefix"])
            .arg(folder)
            .arg(KOTLIN))
    }

    /// Asks the mirror that this Debian uses for an older release's package, without making it a source of the system.
    fn bring_android(&self) -> Result<(), String> {
        let folder = self.folder("android")?;
        let mirror =
            debian_mirror().ok_or("No Debian mirror is set up here; Android's classes come from one.")?;
        let [release, package] = ANDROID;
        let sources = folder.join("older.sources");
        let text = format!(
            "Types: deb\nURIs: {mirror}\nSuites: {release}\nComponents: main\n\
             Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
        );
        std::fs::write(&sources, text).map_err(|why| format!("{}: {why}", sources.display()))?;
        for state in ["lists/partial", "cache/archives/partial"] {
            self.folder(&format!("android/{state}"))?;
        }
        let apart = [
            format!("Dir::Etc::sourcelist={}", sources.display()),
            "Dir::Etc::sourceparts=/dev/null".to_owned(),
            // The folder is the person's own: apt's user could not write there.
            "APT::Sandbox::User=root".to_owned(),
            format!("Dir::State::lists={}", folder.join("lists").display()),
            format!("Dir::Cache={}", folder.join("cache").display()),
        ];
        let options = apart.iter().flat_map(|option| ["-o", option]);
        let options: Vec<&str> = options.collect();
        ran(Command::new("apt-get").args(&options).args(["--quiet", "update"]).current_dir(&folder))?;
        ran(Command::new("apt-get").args(&options).args(["download", package]).current_dir(&folder))?;
        let unpack = format!("dpkg-deb --extract {package}_*.deb .");
        ran(Command::new("sh").args(["-c", &unpack]).current_dir(&folder))
    }
}

/// The first that apt has lists of.
fn debian_mirror() -> Option<String> {
    let answer = Command::new("apt-get")
        .args(["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian"])
        .output()
        .ok()?;
    let told = String::from_utf8_lossy(&answer.stdout).into_owned();
    told.lines().find(|mirror| mirror.trim_end_matches('/').ends_with("/debian")).map(str::to_owned)
}

fn ran(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{name} failed; its reason stands above.")),
        Err(why) => Err(format!("{name} could not be started: {why}")),
    }
}

//! What loading promises: precedence, all faults at once, and no secret in any text.

use std::io::Write as _;

use event_store::{PaletteIndex, Rgb};
use tempfile::NamedTempFile;

use super::*;

const EXAMPLE: &str = include_str!("../../pixelwars.example.toml");

/// Settings without a default: the example shows a value that is not in force.
const WITHOUT_DEFAULT: [&str; 14] = [
    "metrics_listen",
    "public_url",
    "nats.credentials_file",
    "auth.google.client_id",
    "auth.google.client_secret",
    "auth.telegram.client_id",
    "auth.telegram.client_secret",
    "auth.oidc.issuer",
    "auth.oidc.client_id",
    "auth.oidc.client_secret",
    "auth.telegram_bot_token",
    "s3.endpoint",
    "s3.access_key_id",
    "s3.secret_access_key",
];

/// Settings that name a file which is read at once: the example's need not be there.
const FILES_OF_SECRETS: [&str; 5] = [
    "auth.google.client_secret_file",
    "auth.telegram.client_secret_file",
    "auth.oidc.client_secret_file",
    "auth.telegram_bot_token_file",
    "s3.secret_access_key_file",
];

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(left, right): &(&str, &str)| ((*left).to_owned(), (*right).to_owned());
    pairs.iter().map(owned).collect()
}

pub(super) struct Given<'a> {
    pub(super) file: &'a str,
    pub(super) environment: &'a [(&'a str, &'a str)],
    pub(super) options: &'a [(&'a str, &'a str)],
}

pub(super) const NOTHING: Given = Given {
    file: "",
    environment: &[],
    options: &[],
};

impl Given<'_> {
    pub(super) fn load(&self) -> Result<Config, ConfigFaults> {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(self.file.as_bytes()).unwrap();
        Config::load(&Sources {
            file: SettingsFile::Required(file.path().to_owned()),
            environment: pairs(self.environment),
            options: pairs(self.options),
        })
    }

    /// The keys of the faults, in order.
    pub(super) fn faulty_keys(&self) -> Vec<String> {
        let faults = self.load().unwrap_err().faults;
        faults.into_iter().map(|fault| fault.key).collect()
    }

    /// The only fault.
    pub(super) fn fault(&self) -> Fault {
        let mut faults = self.load().unwrap_err().faults;
        assert_eq!(faults.len(), 1, "{faults:?}");
        faults.remove(0)
    }
}

pub(super) fn file(text: &str) -> Given<'_> {
    Given {
        file: text,
        ..NOTHING
    }
}

#[test]
fn defaults_need_no_source() {
    let config = Config::load(&Sources::default()).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(
        config.server.roles,
        [Role::Gateway, Role::Projector, Role::Bot]
    );
    assert_eq!(config.storage.event_store, EventStoreLocation::Embedded);
    assert_eq!(
        config.storage.database.expose(),
        "sqlite:./data/pixelwars.db"
    );
    assert_eq!(config.canvas.palette.colors().len(), 32);
    assert_eq!(config.canvas.background, PaletteIndex(31));
    assert!(config.allows_anonymous());
    assert!(config.server.has_metrics_on_main_listener());
}

#[test]
fn a_later_source_wins_over_an_earlier_one() {
    let text = "[canvas]\nwidth = 10\nheight = 20\nregain_ms = 30\n";
    let given = Given {
        file: text,
        environment: &[
            ("PIXELWARS_CANVAS__HEIGHT", "200"),
            ("PIXELWARS_CANVAS__REGAIN_MS", "300"),
        ],
        options: &[("canvas.regain_ms", "3000")],
    };
    let canvas = given.load().unwrap().canvas;
    assert_eq!((canvas.size.width, canvas.size.height), (10, 200));
    assert_eq!(canvas.cooldown.regain_ms, 3_000);
}

#[test]
fn data_dir_moves_what_is_kept_in_it() {
    let given = Given {
        options: &[("data_dir", "/srv/canvas")],
        ..NOTHING
    };
    let storage = given.load().unwrap().storage;
    assert_eq!(storage.database.expose(), "sqlite:/srv/canvas/pixelwars.db");
    assert_eq!(storage.blobs.to_string(), "file:/srv/canvas/blobs");
}

#[test]
fn all_faults_are_reported_at_once_with_their_origins() {
    let given = Given {
        file: "listen = \"localhost\"\nroles = [\"livestream\"]\nblobs = \"gs://bucket\"\n\
               [canvas]\nwidth = 0\nheight = \"9\"\npalette = [\"#12345\"]\nwidht = 5\n\
               [feed]\nmin_tick_ms = 500\n",
        environment: &[
            ("PIXELWARS_CANVAS__REGAIN_MS", "soon"),
            ("PIXELWARS_NATS__REPLICAS", "2"),
            ("PIXELWARS_CANVAS_WIDTH", "5"),
        ],
        options: &[("log.level", "inof"), ("database", "mysql://host/db")],
    };
    let expected = [
        "listen",
        "roles",
        "database",
        "blobs",
        "canvas.width",
        "canvas.height",
        "canvas.palette",
        "canvas.regain_ms",
        "feed.max_tick_ms",
        "nats.replicas",
        "log.level",
        "canvas.widht",
        "canvas_width",
    ];
    assert_eq!(given.faulty_keys(), expected);

    let faults = given.load().unwrap_err();
    let fault = |key: &str| faults.faults.iter().find(|fault| fault.key == key).unwrap();
    assert!(matches!(fault("listen").origin, Origin::File(_)));
    let variable = Origin::Environment("PIXELWARS_CANVAS__REGAIN_MS".to_owned());
    assert_eq!(fault("canvas.regain_ms").origin, variable);
    let option = Origin::Option("--log-level".to_owned());
    assert_eq!(fault("log.level").origin, option);
    let text = faults.to_string();
    assert!(text.starts_with("13 settings are wrong:\n"), "{text}");
    assert_eq!(text.lines().count(), 14);
}

#[test]
fn an_unknown_key_gets_the_nearest_one_as_a_hint() {
    let hint = |given: &Given| given.fault().remedy;
    let misspelt = file("[canvas]\nregain_mss = 1\n");
    assert_eq!(hint(&misspelt), "did you mean `canvas.regain_ms`?");
    let misplaced = file("regain_ms = 1\n");
    assert_eq!(hint(&misplaced), "did you mean `canvas.regain_ms`?");
    let section = file("[canvs]\nwidth = 1\nheight = 2\n");
    assert_eq!(hint(&section), "did you mean `canvas`?");
    let variable = Given {
        environment: &[("PIXELWARS_CANVAS_REGAIN_MS", "1")],
        ..NOTHING
    };
    assert_eq!(
        hint(&variable),
        "did you mean `PIXELWARS_CANVAS__REGAIN_MS`?"
    );
    let nothing_near = file("zzz = 1\n");
    assert!(hint(&nothing_near).starts_with("remove it"));
}

#[test]
fn a_section_and_a_setting_are_not_taken_for_each_other() {
    assert_eq!(file("canvas = 5\n").faulty_keys(), ["canvas"]);
    assert_eq!(file("[listen]\nport = 5\n").faulty_keys(), ["listen"]);
}

#[test]
fn a_wrong_type_is_a_fault_and_only_text_sources_may_write_numbers_as_text() {
    assert_eq!(file("listen = 8080\n").fault().problem, "is a whole number");
    assert_eq!(
        file("[canvas]\nwidth = \"10\"\n").fault().problem,
        "is a text"
    );
    assert_eq!(
        file("[canvas]\nwidth = 1.5\n").fault().problem,
        "is a number with a fraction"
    );
    assert_eq!(file("[canvas]\nwidth = 9000\n").fault().key, "canvas.width");
}

#[test]
fn a_file_that_cannot_be_used_is_one_fault_beside_the_others() {
    let broken = Given {
        file: "listen = \"127.0.0.1:1\"\ndatabase = \"postgres://u:hunter2@h/d\n",
        environment: &[("PIXELWARS_CANVAS__WIDTH", "0")],
        options: &[],
    };
    let faults = broken.load().unwrap_err();
    let text = faults.to_string();
    assert_eq!(faults.faults.len(), 2, "{text}");
    assert!(text.contains("line 2"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");

    let missing = Sources {
        file: SettingsFile::Required("/nowhere/pixelwars.toml".into()),
        ..Sources::default()
    };
    assert_eq!(Config::load(&missing).unwrap_err().faults.len(), 1);
    let optional = Sources {
        file: SettingsFile::IfPresent("/nowhere/pixelwars.toml".into()),
        ..Sources::default()
    };
    assert!(Config::load(&optional).is_ok());
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let given = Given {
        environment: &[("PIXELWARS_METRICS_LISTEN", "")],
        ..NOTHING
    };
    assert_eq!(given.load().unwrap().server.metrics_listen, None);
}

#[test]
fn lists_are_written_with_commas_where_all_values_are_text() {
    let given = Given {
        environment: &[
            ("PIXELWARS_ROLES", "projector"),
            ("PIXELWARS_CANVAS__PALETTE", "#000000, #ff0000"),
        ],
        ..NOTHING
    };
    let config = given.load().unwrap();
    assert_eq!(config.server.roles, [Role::Projector]);
    let expected = [Rgb([0, 0, 0]), Rgb([0xff, 0, 0])];
    assert_eq!(config.canvas.palette.colors(), expected);
    assert_eq!(config.canvas.background, PaletteIndex(0));
}

#[test]
fn a_palette_is_a_name_or_different_colours() {
    let faulty = |palette: &str| {
        file(&format!("[canvas]\npalette = {palette}\n"))
            .fault()
            .key
    };
    for palette in [
        "\"place\"",
        "[]",
        "[\"place2022\"]",
        "[\"#000000\", \"#000000\"]",
        "[1]",
        "7",
    ] {
        assert_eq!(faulty(palette), "canvas.palette");
    }
    for (name, colors, background) in [("place2022", 32, 31), ("place2017", 16, 0), ("pxls", 34, 0)]
    {
        let text = format!("[canvas]\npalette = \"{name}\"\n");
        let canvas = file(&text).load().unwrap().canvas;
        assert_eq!(canvas.palette.colors().len(), colors);
        assert_eq!(canvas.background, PaletteIndex(background));
    }
}

#[test]
fn nats_servers_get_scheme_and_port() {
    let text = "event_store = \"nats://one,two:5222,tls://three\"\n";
    let EventStoreLocation::Nats(servers) = file(text).load().unwrap().storage.event_store else {
        panic!("not on NATS");
    };
    let servers: Vec<_> = servers.expose().collect();
    assert_eq!(
        servers,
        ["nats://one:4222", "nats://two:5222", "tls://three:4222"]
    );
    for wrong in [
        "",
        "file",
        "http://host",
        "nats://",
        "nats://one,,two",
        "nats://a b",
    ] {
        let text = format!("event_store = \"{wrong}\"\n");
        assert_eq!(file(&text).fault().key, "event_store", "{wrong}");
    }
}

#[test]
fn databases_are_files_or_postgres() {
    for wrong in [
        "",
        "sqlite:",
        "sqlite::memory:",
        "sqlite:x?mode=ro",
        "postgres://host",
        "mysql://host/db",
    ] {
        let text = format!("database = \"{wrong}\"\n");
        assert_eq!(file(&text).fault().key, "database", "{wrong}");
    }
    let odd = file("database = \"sqlite:a#b%20.db\"\n").load().unwrap();
    assert_eq!(odd.storage.database.expose(), "sqlite:a%23b%2520.db");
}

#[test]
fn origins_and_listeners_follow_the_addresses() {
    let public =
        file("public_url = \"https://Canvas.Example.org:443/\"\nlisten = \"0.0.0.0:80\"\n");
    let config = public.load().unwrap();
    let url = config.server.public_url.as_ref().unwrap();
    assert_eq!(url.origin(), "https://canvas.example.org");
    let bound = config.server.listen;
    assert_eq!(config.server.allowed_origins(bound), [url.origin()]);
    assert!(!config.server.has_metrics_on_main_listener());
    assert!(!config.allows_anonymous());
    for wrong in [
        "canvas.example.org",
        "ftp://a",
        "https://u:p@a",
        "https://a/b",
    ] {
        let text = format!("public_url = \"{wrong}\"\n");
        assert_eq!(file(&text).fault().key, "public_url", "{wrong}");
    }
}

#[test]
fn template_hosts_are_https_origins_and_every_wrong_one_is_named() {
    let hosts = |text: &str| {
        let config = file(&format!("template_hosts = {text}\n")).load().unwrap();
        let hosts = config.server.template_hosts.iter();
        hosts.map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(hosts("[]"), [""; 0]);
    assert_eq!(
        hosts(r#"["https://I.Example.org/", "http://localhost:9000", "https://[2001:db8::1]:1"]"#),
        [
            "https://i.example.org",
            "http://localhost:9000",
            "https://[2001:db8::1]:1"
        ]
    );
    let wrong = [
        "http://i.example.org",
        "i.example.org",
        "https://a/b",
        "https://*.example.org",
        "https://a;b",
        "https://'self'",
        "data:",
        "",
    ];
    let list = format!("template_hosts = {wrong:?}\nmax_players = 0\n");
    let faults = file(&list).load().unwrap_err().faults;
    let keys: Vec<&str> = faults.iter().map(|fault| fault.key.as_str()).collect();
    assert_eq!(keys, ["max_players", "template_hosts"]);
    for wrong in wrong {
        let problem = &faults[1].problem;
        assert!(
            problem.contains(&format!("`{wrong}`")),
            "{wrong}: {problem}"
        );
    }
    let many = vec!["https://a.example.org"; 33];
    let many = format!("template_hosts = {many:?}\n");
    assert_eq!(file(&many).fault().key, "template_hosts");
}

#[test]
fn what_is_for_this_machine_is_not_offered_behind_a_public_address() {
    let is_private = |listen: &str, public_url: &str| {
        let text = format!("listen = \"{listen}\"\n{public_url}");
        let config = file(&text).load().unwrap();
        let has_metrics = config.server.has_metrics_on_main_listener();
        assert_eq!(config.allows_anonymous(), has_metrics, "{text}");
        has_metrics
    };
    for local in [
        "",
        "public_url = \"http://localhost:8080\"\n",
        "public_url = \"https://127.0.0.1\"\n",
        "public_url = \"http://[::1]:8080\"\n",
    ] {
        assert!(is_private("127.0.0.1:8080", local), "{local}");
        assert!(is_private("[::1]:8080", local), "{local}");
        assert!(!is_private("0.0.0.0:8080", local), "{local}");
    }
    for public in [
        "public_url = \"https://canvas.example.org\"\n",
        "public_url = \"http://192.0.2.1\"\n",
        "public_url = \"http://localhost.example.org\"\n",
    ] {
        assert!(!is_private("127.0.0.1:8080", public), "{public}");
    }
    let open = "public_url = \"https://canvas.example.org\"\n[auth]\nanonymous = \"on\"\n";
    assert!(file(open).load().unwrap().allows_anonymous());
}

#[test]
fn without_a_public_address_pages_of_the_listener_are_allowed() {
    let server = NOTHING.load().unwrap().server;
    let local = server.allowed_origins("127.0.0.1:4711".parse().unwrap());
    assert_eq!(
        local,
        [
            "http://127.0.0.1:4711",
            "http://[::1]:4711",
            "http://localhost:4711"
        ]
    );
    let one = server.allowed_origins("192.0.2.1:80".parse().unwrap());
    assert_eq!(one, ["http://192.0.2.1"]);
}

#[test]
fn no_text_shows_a_secret() {
    let given = Given {
        file: "database = \"postgres://player:hunter2@db.local:5433/canvas?sslpassword=hunter2\"\n",
        environment: &[(
            "PIXELWARS_EVENT_STORE",
            "nats://player:hunter2@one:4222,hunter2@two",
        )],
        options: &[],
    };
    let config = given.load().unwrap();
    let texts = [config.print(), format!("{config:?}")];
    for text in texts {
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("postgres://***@db.local:5433/canvas?***"));
        assert!(text.contains("nats://***@one:4222,"));
    }
    assert!(config.storage.database.expose().contains("hunter2"));

    for wrong in [
        "database = \"postgres://u:hunter2@[h/d\"\n",
        "event_store = \"nats://u:hunter2@h:99999\"\n",
        "event_store = \"u:hunter2@h\"\n",
        "public_url = \"https://u:hunter2@h\"\n",
        "[nats]\npassword = \"hunter2\"\n",
    ] {
        let text = file(wrong).load().unwrap_err().to_string();
        assert!(!text.contains("hunter2"), "{text}");
    }
    let sources = Sources {
        environment: pairs(&[("PIXELWARS_DATABASE", "hunter2")]),
        options: pairs(&[("database", "hunter2")]),
        ..Sources::default()
    };
    assert!(!format!("{sources:?}").contains("hunter2"));
}

#[test]
fn printed_settings_load_again_as_the_same() {
    let given = Given {
        options: &[
            ("canvas.palette", "#000000,#FFFFFF"),
            ("canvas.title", "a \"b\""),
        ],
        ..NOTHING
    };
    let config = given.load().unwrap();
    let text = config.print();
    assert!(text.contains("# option --canvas-palette"), "{text}");
    let again = file(&text).load().unwrap();
    let values = |config: &Config| -> Vec<_> {
        let settings = config.settings().iter();
        settings.map(|one| (one.key, one.value.clone())).collect()
    };
    assert_eq!(values(&again), values(&config));
}

/// A dotted key without its section.
fn name_in_section(key: &str) -> &str {
    key.split_once('.').map_or(key, |(_, name)| name)
}

#[test]
fn the_example_has_every_setting_with_its_default_and_no_other() {
    let is_setting = |line: &str| line.starts_with(|first: char| first.is_ascii_lowercase());
    let is_file_of_secret = |line: &str| {
        let name = line.split(' ').next().unwrap_or_default();
        FILES_OF_SECRETS
            .iter()
            .any(|key| name_in_section(key) == name)
    };
    let lines = EXAMPLE.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if is_setting(setting) && !is_file_of_secret(setting) => setting,
        _ => line,
    });
    let text: Vec<&str> = lines.collect();
    let of_example = file(&text.join("\n")).load().unwrap();
    let defaults = Config::load(&Sources::default()).unwrap();
    for (shown, default) in of_example.settings().iter().zip(defaults.settings()) {
        if FILES_OF_SECRETS.contains(&shown.key) {
            let name = name_in_section(shown.key);
            assert!(EXAMPLE.contains(&format!("\n#{name} = ")), "{name}");
            assert_eq!(default.value, None, "{name}");
            continue;
        }
        assert!(
            matches!(shown.origin, Origin::File(_)),
            "{} is not in the example",
            shown.key
        );
        if WITHOUT_DEFAULT.contains(&shown.key) {
            assert_eq!(default.value, None, "{}", shown.key);
        } else {
            assert_eq!(shown.value, default.value, "{}", shown.key);
        }
    }
    let untouched = file(EXAMPLE).load().unwrap();
    let origins = untouched.settings().iter().map(|one| &one.origin);
    assert!(origins.into_iter().all(|origin| *origin == Origin::Default));
}

use proptest::prelude::*;

use super::*;

/// A public sample: the one of the documentation of `@telegram-apps/init-data-node`.
const TOKEN: &str = "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8";
const SAMPLE: &str = "query_id=AAHdF6IQAAAAAN0XohDhrOrc&user=%7B%22id%22%3A279058397%2C%22\
    first_name%22%3A%22Vladislav%22%2C%22last_name%22%3A%22Kibenko%22%2C%22username%22%3A%22\
    vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%7D&\
    auth_date=1662771648&hash=c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2";

/// When the sample was made.
const MADE_AT: UnixMs = UnixMs(1_662_771_648_000);

fn verifier() -> InitDataVerifier {
    InitDataVerifier::new(&SecretText::new(TOKEN), 3_600)
}

/// Data with a right hash.
fn signed(fields: &[(&str, &str)]) -> String {
    let mut all = form_urlencoded::Serializer::new(String::new());
    all.extend_pairs(fields);
    let all = all.finish();
    let check_string = Fields::read(&all).unwrap().check_string();
    let hash = hmac::sign(&verifier().key, check_string.as_bytes());
    let digits: Vec<String> = hash.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    format!("{all}&hash={}", digits.concat())
}

fn date() -> String {
    (MADE_AT.0 / 1_000).to_string()
}

#[test]
fn the_documented_sample_is_right() {
    let launch = verifier().verify(SAMPLE, MADE_AT).unwrap();
    assert_eq!(launch.subject, "279058397");
    assert_eq!(launch.name, "Vladislav Kibenko");
    assert_eq!(launch.made_at, MADE_AT);
    assert_eq!(launch.fingerprint.len(), 64);
    assert!(!SAMPLE.contains(&launch.fingerprint));
    assert_eq!(format!("{launch:?}"), "Launch { .. }");
    assert!(!format!("{:?}", verifier()).contains("5768337691"));
}

#[test]
fn the_order_of_fields_and_their_spelling_do_not_matter_but_every_one_counts() {
    let user = r#"{"id":7,"first_name":"A+B","photo_url":"https:\/\/t.me\/i"}"#;
    let date = date();
    let fields = [
        ("user", user),
        ("signature", "c2lnbmF0dXJl"),
        ("auth_date", &date),
        ("chat_type", "private"),
        ("start_param", "x120_y45"),
    ];
    let data = signed(&fields);
    let launch = verifier().verify(&data, MADE_AT).unwrap();
    assert_eq!(
        (launch.subject.as_str(), launch.name.as_str()),
        ("7", "A+B")
    );
    let mut parts: Vec<&str> = data.split('&').collect();
    parts.reverse();
    let reversed = verifier().verify(&parts.join("&"), MADE_AT).unwrap();
    assert_eq!(reversed.fingerprint, launch.fingerprint);
    for left_out in &parts {
        let rest: Vec<&str> = parts
            .iter()
            .copied()
            .filter(|part| part != left_out)
            .collect();
        assert!(
            verifier().verify(&rest.join("&"), MADE_AT).is_err(),
            "{left_out}"
        );
    }
}

#[test]
fn changed_data_is_refused() {
    let refusal = |raw: &str| verifier().verify(raw, MADE_AT).unwrap_err();
    let other_person = SAMPLE.replace("279058397", "279058398");
    assert_eq!(refusal(&other_person), InitDataError::Signature);
    let later = SAMPLE.replace("1662771648", "1662771649");
    assert_eq!(refusal(&later), InitDataError::Signature);
    assert_eq!(
        refusal(&format!("{SAMPLE}&more=1")),
        InitDataError::Signature
    );
    let other_bot = InitDataVerifier::new(&SecretText::new("1:other"), 3_600);
    let refused = other_bot.verify(SAMPLE, MADE_AT);
    assert_eq!(refused, Err(InitDataError::Signature));
}

#[test]
fn a_name_may_stand_only_once() {
    let refusal = |raw: &str| verifier().verify(raw, MADE_AT).unwrap_err();
    for twin in [
        "auth_date=1662771648",
        "user=%7B%22id%22%3A1%7D",
        "hash=00",
        "us%65r=1",
    ] {
        assert_eq!(
            refusal(&format!("{SAMPLE}&{twin}")),
            InitDataError::Malformed,
            "{twin}"
        );
        assert_eq!(
            refusal(&format!("{twin}&{SAMPLE}")),
            InitDataError::Malformed,
            "{twin}"
        );
    }
}

#[test]
fn data_holds_for_its_time() {
    let at = |ms: i64| verifier().verify(SAMPLE, MADE_AT.plus_ms(ms)).map(|_| ());
    assert_eq!(at(-60_000), Ok(()));
    assert_eq!(at(-60_001), Err(InitDataError::FromTheFuture));
    assert_eq!(at(3_599_999), Ok(()));
    assert_eq!(at(3_600_000), Err(InitDataError::Expired));
}

#[test]
fn right_hashes_do_not_help_what_is_wrong_otherwise() {
    let refusal = |fields: &[(&str, &str)]| verifier().verify(&signed(fields), MADE_AT).err();
    let (date, user) = (date(), r#"{"id":7}"#);
    assert_eq!(refusal(&[("user", user)]), Some(InitDataError::Malformed));
    for odd in ["", "x", "1e9", "99999999999999999999"] {
        let fields = [("auth_date", odd), ("user", user)];
        assert_eq!(refusal(&fields), Some(InitDataError::Malformed), "{odd}");
    }
    for odd in [
        "",
        "{}",
        "[]",
        "{\"id\":\"7\"}",
        "{\"id\":0}",
        "{\"id\":-5}",
        "{\"id\":1.5}",
    ] {
        let fields = [("auth_date", date.as_str()), ("user", odd)];
        assert_eq!(refusal(&fields), Some(InitDataError::NoPerson), "{odd}");
    }
    let chat_only = [("auth_date", date.as_str()), ("chat_type", "group")];
    assert_eq!(refusal(&chat_only), Some(InitDataError::NoPerson));
}

#[test]
fn what_is_no_launch_data_is_malformed() {
    let refusal = |raw: &str| verifier().verify(raw, MADE_AT).unwrap_err();
    let upper = SAMPLE.replace("c501b71e", "C501B71E");
    let short = &SAMPLE[..SAMPLE.len() - 2];
    let long = format!("{SAMPLE}&x={}", "x".repeat(MAX_INIT_DATA_BYTES));
    let many: Vec<String> = (0..=MAX_FIELDS).map(|at| format!("f{at}=")).collect();
    let many = format!("{SAMPLE}&{}", many.join("&"));
    for raw in [
        "", "&", "=", "hash=", "hash=zz", &upper, short, &long, &many,
    ] {
        assert_eq!(refusal(raw), InitDataError::Malformed, "{raw:.80}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_or_passes(raw in ".{0,300}") {
        prop_assert!(verifier().verify(&raw, MADE_AT).is_err());
    }

    #[test]
    fn no_changed_byte_passes(at in 0..SAMPLE.len(), byte in 0x20_u8..0x7f) {
        let mut raw = SAMPLE.as_bytes().to_vec();
        prop_assume!(raw[at] != byte);
        raw[at] = byte;
        let raw = String::from_utf8(raw).unwrap();
        // Some changes are none: `%3A` and `:` are one value.
        let same = |raw: &str| Fields::read(raw).ok().map(|fields| fields.0);
        prop_assume!(same(&raw) != same(SAMPLE));
        prop_assert!(verifier().verify(&raw, MADE_AT).is_err());
    }
}

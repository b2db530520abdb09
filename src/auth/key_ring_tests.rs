use super::*;

const NOW: UnixMs = UnixMs(1_800_000_000_123);

fn ids(ring: &KeyRing) -> Vec<String> {
    ring.keys().ids().into_iter().map(str::to_owned).collect()
}

fn files_in(data_dir: &Path) -> Vec<PathBuf> {
    let files = key_files(&data_dir.join("keys")).unwrap();
    files.into_iter().map(|file| file.path).collect()
}

#[test]
fn the_first_start_makes_a_key_and_later_ones_find_it() {
    let data_dir = tempfile::tempdir().unwrap();
    let made = KeyRing::open(data_dir.path(), NOW).unwrap();
    let found = KeyRing::open(data_dir.path(), NOW).unwrap();
    assert_eq!(ids(&made), ids(&found));
    let files = files_in(data_dir.path());
    assert_eq!(files.len(), 1);
    let name = format!("access-20270115T080000123Z-{}.pem", made.signing_id());
    assert!(files[0].ends_with(name), "{files:?}");
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_key() {
    use std::os::unix::fs::PermissionsExt as _;

    let data_dir = tempfile::tempdir().unwrap();
    KeyRing::open(data_dir.path(), NOW).unwrap();
    let files = files_in(data_dir.path());
    let mode = fs::metadata(&files[0]).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_newest_of_two_keys_signs_and_older_ones_are_deleted() {
    let data_dir = tempfile::tempdir().unwrap();
    let first = KeyRing::open(data_dir.path(), NOW).unwrap().signing_id();
    // The same moment, and a clock that was put back.
    let second = KeyRing::rotate(data_dir.path(), NOW).unwrap();
    let ring = KeyRing::open(data_dir.path(), NOW).unwrap();
    assert_eq!(ids(&ring), [second.clone(), first]);
    let third = KeyRing::rotate(data_dir.path(), NOW.plus_ms(-1_000_000)).unwrap();
    let ring = KeyRing::open(data_dir.path(), NOW).unwrap();
    assert_eq!(ids(&ring), [third, second]);
    assert_eq!(files_in(data_dir.path()).len(), LIVE_KEYS);
}

#[test]
fn a_key_of_an_earlier_version_is_the_oldest() {
    let data_dir = tempfile::tempdir().unwrap();
    let folder = folder_in(data_dir.path()).unwrap();
    let (key, text) = SigningKey::make().unwrap();
    // Its id reads like a late time.
    write_key(&folder, "access-ffffffffffffffff.pem", &text).unwrap();
    let ring = KeyRing::open(data_dir.path(), NOW).unwrap();
    assert_eq!(ids(&ring), [key.id()]);
    let newer = KeyRing::rotate(data_dir.path(), NOW).unwrap();
    let ring = KeyRing::open(data_dir.path(), NOW).unwrap();
    assert_eq!(ids(&ring), [newer.as_str(), key.id()]);
}

#[test]
fn a_damaged_key_is_not_replaced() {
    let data_dir = tempfile::tempdir().unwrap();
    let ring = KeyRing::open(data_dir.path(), NOW).unwrap();
    let before = ids(&ring);
    let file = files_in(data_dir.path()).remove(0);
    let damaged = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    fs::write(&file, damaged).unwrap();
    let error = KeyRing::open(data_dir.path(), NOW).unwrap_err();
    assert!(matches!(error, SigningKeyError::Damaged { .. }), "{error}");
    ring.look(NOW);
    assert_eq!(ids(&ring), before, "a running server goes on");
    fs::remove_file(&file).unwrap();
    ring.look(NOW);
    assert_eq!(ids(&ring), before);
}

#[test]
fn the_folder_is_looked_at_again_but_not_at_once() {
    let data_dir = tempfile::tempdir().unwrap();
    let ring = KeyRing::open(data_dir.path(), NOW).unwrap();
    let first = ring.signing_id();
    let second = KeyRing::rotate(data_dir.path(), NOW).unwrap();
    let too_early = NOW.plus_ms(LOOK_AGAIN_AFTER_MS - 1);
    assert_eq!(ring.look_again(too_early).ids(), [&first]);
    let generation = ring.keys().generation();
    let due = NOW.plus_ms(LOOK_AGAIN_AFTER_MS);
    assert_eq!(ring.look_again(due).ids(), [&second, &first]);
    assert_ne!(ring.keys().generation(), generation);

    let generation = ring.keys().generation();
    ring.look_again(due.plus_ms(LOOK_AGAIN_AFTER_MS));
    assert_eq!(ring.keys().generation(), generation, "nothing changed");
}

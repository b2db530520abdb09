//! The rules of the repository that no compiler checks, as tests. Each failure names file and line.
//!
//! To add a rule: write a function from files to findings beside its likes, with a test of what it
//! finds, and one test here that runs it over the tree.

mod documents;
mod layout;
mod licences;
mod rust_code;
mod source_text;
mod tests_code;
mod tree;

use tree::{Finding, Tree};

/// Fails with all findings at once, so that one run shows everything there is to mend.
#[track_caller]
fn assert_none(findings: Vec<Finding>) {
    let list: Vec<String> = findings.iter().map(Finding::to_string).collect();
    assert!(
        list.is_empty(),
        "{} found:\n{}",
        list.len(),
        list.join("\n")
    );
}

#[test]
fn files_are_short() {
    assert_none(layout::long_files(&Tree::read()));
}

#[test]
fn rust_lines_fit_the_width() {
    assert_none(layout::wide_rust_lines(&Tree::read()));
}

#[test]
fn text_is_clean_at_the_ends_of_lines_and_files() {
    assert_none(layout::untidy_ends(&Tree::read()));
}

#[test]
fn file_names_say_what_is_inside() {
    assert_none(layout::vague_names(&Tree::read()));
}

#[test]
fn both_databases_have_the_same_migrations() {
    assert_none(layout::unpaired_migrations(&Tree::read()));
}

#[test]
fn nothing_names_a_folder_of_the_machine_it_was_written_on() {
    assert_none(layout::machine_paths(&Tree::read()));
}

#[test]
fn to_dos_name_an_issue() {
    assert_none(layout::loose_ends(&Tree::read()));
}

#[test]
fn module_arrows_never_turn_back() {
    assert_none(rust_code::arrows_that_turn_back(&Tree::read()));
}

#[test]
fn settings_are_read_in_one_place() {
    assert_none(rust_code::environment_readers(&Tree::read()));
}

#[test]
fn no_test_is_switched_off() {
    assert_none(tests_code::switched_off_tests(&Tree::read()));
}

#[test]
fn tests_wait_on_conditions_and_not_on_time() {
    assert_none(tests_code::sleeping_tests(&Tree::read()));
}

#[test]
fn documents_name_files_and_headings_that_exist() {
    assert_none(documents::dead_references(&Tree::read()));
}

#[test]
fn crates_are_allowed_and_have_allowed_licences() {
    assert_none(licences::refused_crates(&Tree::read()));
}

#[test]
fn page_packages_have_allowed_licences() {
    assert_none(licences::refused_page_packages(&Tree::read()));
}

//! Films show the stretch that was asked for, at its pace, wherever history is read from.

use event_store::{Region, RoundId, Version};
use pixelwars::timelapse::{Format, Pace, Place, TimelapseRequest};

use crate::support::decoded::gif_delays;
use crate::support::films::{WHOLE, assert_shows, expected, film, plan, render, request};
use crate::support::story::{BEGIN, OUTSIDE, Story, WIDTH};

#[tokio::test(flavor = "multi_thread")]
async fn a_film_paced_by_events_brings_as_many_in_every_frame() {
    let story = Story::tell().await;
    let region = Region {
        x: 2,
        y: 1,
        width: 9,
        height: 7,
    };
    let asked = TimelapseRequest {
        pace: Pace::Events,
        region: Some(region),
        from: Some(Place::Version(Version(5))),
        ..request(Format::Gif)
    };
    let showing = story.showing(region, Version(5));
    assert!(showing.len() > 20);
    let film = film(&story, &asked).await;
    for frame in 0..40 {
        let count = showing.len() * frame / 39;
        let version = match count.checked_sub(1) {
            Some(last) => showing[last],
            None => Version(5),
        };
        let cells = story.cells_after(version);
        for y in 0..film.height {
            for x in 0..film.width {
                let cell = (1 + y / 2) * WIDTH + 2 + x / 2;
                let color = cells[cell as usize].unwrap_or(OUTSIDE);
                assert_eq!(
                    film.pixel(frame, x, y),
                    color,
                    "frame {frame}, pixel {x}, {y}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_stretches_are_cut() {
    let story = Story::tell().await;
    let asked = TimelapseRequest {
        skip_idle_ms: Some(1_000),
        ..request(Format::Gif)
    };
    let film = film(&story, &asked).await;
    // The palette and the end of the round show nothing: the clock passes over them.
    let showing = story.showing(WHOLE, Version(1));
    let mut positions = Vec::new();
    let (mut position, mut before) = (0, BEGIN);
    for version in &showing {
        position += story.at(*version).ms_since(before).min(1_000);
        before = story.at(*version);
        positions.push((position, *version));
    }
    let end = position + story.at(story.head()).ms_since(before).min(1_000);
    assert!(end < 20_000, "the minute is cut");
    for frame in 0..40 {
        let at = end * frame / 39;
        let reached = positions.iter().filter(|(position, _)| *position <= at);
        let version = reached
            .map(|(_, version)| *version)
            .max()
            .unwrap_or(Version(1));
        let cells = story.cells_after(version);
        assert_shows(&film, frame as usize, &cells, 2, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_delays_of_a_gif_do_not_drift() {
    let story = Story::tell().await;
    for (fps, duration_ms) in [(30, 10_000), (7, 3_000), (50, 5_000)] {
        let asked = TimelapseRequest {
            fps: Some(fps),
            duration_ms: Some(duration_ms),
            hold_ms: 1_000,
            ..request(Format::Gif)
        };
        let (file, rendered) = render(&story, &asked).await;
        let total: u32 = gif_delays(&file)
            .iter()
            .map(|delay| u32::from(*delay))
            .sum();
        let meant = f64::from(rendered.frames) * 100.0 / f64::from(fps);
        assert!(
            (f64::from(total) - meant).abs() <= 0.5,
            "{fps}: {total}, not {meant}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_shows_the_stretch_that_was_asked_for() {
    let story = Story::tell().await;
    let asked = TimelapseRequest {
        from: Some(Place::Version(Version(10))),
        to: Some(Place::Time(BEGIN.plus_ms(4_050))),
        ..request(Format::Gif)
    };
    let planned = plan(&story, &asked).await;
    assert_eq!(
        (planned.range.from, planned.range.to),
        (Version(10), Version(41))
    );
    assert_eq!(planned.range.ends_at, BEGIN.plus_ms(4_050));
    let size = planned.range.size;
    assert_eq!(
        (size.width, size.height),
        (16, 12),
        "the canvas as it was then"
    );
    let film = film(&story, &asked).await;
    for (frame, version) in [(0, Version(10)), (39, Version(41))] {
        let cells = story.cells_after(version);
        for (x, y) in (0..32).flat_map(|x| (0..24).map(move |y| (x, y))) {
            assert_eq!(film.pixel(frame, x, y), expected(&cells, (x, y), (0, 0), 2));
        }
    }
    let one = TimelapseRequest {
        from: Some(Place::Version(Version(10))),
        to: Some(Place::Version(Version(10))),
        ..request(Format::Gif)
    };
    let planned = plan(&story, &one).await;
    assert_eq!(planned.range.begins_at, planned.range.ends_at);
    let (file, _) = render(&story, &one).await;
    assert_eq!(
        gif_delays(&file),
        [200],
        "nothing moves: one frame for two seconds"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn films_are_the_same_from_segments_from_a_damaged_one_and_from_the_log() {
    let mut story = Story::tell_and_go_on().await;
    let of_first_round = |change: fn(&mut TimelapseRequest)| {
        let mut asked = TimelapseRequest {
            round: Some(RoundId(1)),
            ..request(Format::Gif)
        };
        change(&mut asked);
        asked
    };
    let asked = [
        of_first_round(|_| {}),
        of_first_round(|asked| asked.pace = Pace::Events),
        of_first_round(|asked| asked.skip_idle_ms = Some(500)),
        of_first_round(|asked| {
            asked.from = Some(Place::Version(Version(20)));
            asked.to = Some(Place::Version(Version(150)));
        }),
    ];
    let films = async |story: &Story| {
        let mut films = Vec::new();
        for asked in &asked {
            let (file, _) = render(story, asked).await;
            films.push(std::fs::read(file).unwrap());
        }
        films
    };
    let of_log = films(&story).await;
    let segment = story.cut().await;
    assert!(films(&story).await == of_log, "from a segment");
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    assert!(films(&story).await == of_log, "beside a damaged segment");
    story.start_again().await;
    assert!(films(&story).await == of_log, "damaged before the start");
    std::fs::remove_file(&segment).unwrap();
    assert!(films(&story).await == of_log, "beside a missing segment");
    let index = story.folder.path().join("main/history/index.json");
    std::fs::write(index, "[").unwrap();
    story.start_again().await;
    assert!(films(&story).await == of_log, "beside a damaged index");
}

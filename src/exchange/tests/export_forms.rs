//! The rows of each form.

use event_store::event::{PaletteExtended, RegionErased, Size};
use event_store::{Event, Mask, Palette, PaletteIndex, Region, Rgb};

use super::exporting::{AT, ROUND, a_little_of_everything, append, bob, made};
use super::*;
use crate::config::NamedPalette;

#[tokio::test]
async fn sorted_rows_come_back_byte_for_byte() {
    let place = Workplace::new();
    let store = place.store().await;
    let csv = csv_2022(25_000);
    let import = into_new_round(ImportFormat::Rplace2022, vec![place.file("rows.csv", &csv)]);
    place.import(store.clone(), import).await.unwrap();
    let exported = place.export(store.as_ref(), ExportFormat::Rplace2022).await;
    assert!(exported == csv, "export differs from what was imported");
}

#[tokio::test]
async fn every_kind_has_its_rows_in_the_forms_of_2022_and_2023() {
    let place = Workplace::new();
    let store = a_little_of_everything(&place).await;
    let of = |format, round| ExportRequest {
        round: Some(round),
        ..everything(format)
    };
    let rows = |request| place.export_part(store.as_ref(), request);
    let (ann, bob, at) = ("\"ann,'the' first \"", bob(), "2022-04-03 17:38:22");
    let expected = format!(
        "timestamp,user_id,pixel_color,coordinate\n\
         {at}.002 UTC,{ann},#000000,\"2,0\"\n\
         {at}.006 UTC,{bob},#FF0010,\"1,0\"\n\
         {at}.007 UTC,{bob},#FFFFFF,\"1,0\"\n\
         {at}.008 UTC,moderator,#000000,\"1,1,2,1\"\n\
         {at}.009 UTC,{ann},#FFFFFF,\"1,1\"\n\
         {at}.009 UTC,{ann},#FFFFFF,\"2,1\"\n"
    );
    assert_eq!(rows(of(ExportFormat::Rplace2022, ROUND)).await.0, expected);
    let expected = format!(
        "timestamp,user,coordinate,pixel_color\n\
         {at}.002 UTC,{ann},\"1,-1\",#000000\n\
         {at}.006 UTC,{bob},\"0,-1\",#FF0010\n\
         {at}.007 UTC,{bob},\"0,-1\",#FFFFFF\n\
         {at}.008 UTC,moderator,\"0,0,1,0\",#000000\n\
         {at}.009 UTC,{ann},\"0,0\",#FFFFFF\n\
         {at}.009 UTC,{ann},\"1,0\",#FFFFFF\n"
    );
    assert_eq!(rows(of(ExportFormat::Rplace2023, ROUND)).await.0, expected);
    let newest = rows(everything(ExportFormat::Rplace2022)).await;
    let expected =
        format!("timestamp,user_id,pixel_color,coordinate\n{at}.014 UTC,{bob},#000000,\"0,0\"\n");
    assert_eq!((newest.0, newest.1.round), (expected, Some(RoundId(2))));
}

#[tokio::test]
async fn the_form_of_2017_has_its_own_indexes_and_refuses_other_colours() {
    let place = Workplace::new();
    let store = place.store().await;
    // The palette of 2017, backwards.
    let mut colors = NamedPalette::Place2017.palette().colors().to_vec();
    colors.reverse();
    let opened = RoundOpened {
        size: Size::new(3, 2).unwrap(),
        palette: Palette::new(colors).unwrap(),
        ..first_round(ImportFormat::Rplace2017)
    };
    append(store.as_ref(), 1, Event::RoundOpened(opened)).await;
    append(store.as_ref(), 2, made(ROUND, "ann", 2, 0)).await;
    let expected = format!(
        "ts,user_hash,x_coordinate,y_coordinate,color\n{},{},2,0,15\n",
        AT + 2,
        PlayerId::of_name("ann")
    );
    let exported = place.export(store.as_ref(), ExportFormat::Rplace2017).await;
    assert_eq!(exported, expected);
    let color = Rgb([1, 2, 3]);
    let extended = PaletteExtended {
        round: ROUND,
        colors: vec![color],
    };
    append(store.as_ref(), 3, Event::PaletteExtended(extended)).await;
    let refused = planned(store.as_ref(), &everything(ExportFormat::Rplace2017)).await;
    let round = ROUND;
    assert_eq!(refused, Err(PlanError::ForeignColor { round, color }));
}

#[tokio::test]
async fn every_kind_has_its_lines_in_the_form_of_pxls() {
    let place = Workplace::new();
    let store = a_little_of_everything(&place).await;
    let request = ExportRequest {
        round: Some(ROUND),
        ..everything(ExportFormat::Pxls)
    };
    let (exported, _) = place.export_part(store.as_ref(), request).await;
    let (ann, bob, at) = ("ann,\"the\" first ", bob(), "2022-04-03 17:38:22");
    let expected = format!(
        "{at},002\t{ann}\t2\t0\t0\tuser place\n\
         {at},006\t{bob}\t1\t0\t2\tuser place\n\
         {at},007\t{bob}\t1\t0\t1\tuser undo\n\
         {at},008\tmoderator\t1\t1\t0\tmod overwrite\n\
         {at},008\tmoderator\t2\t1\t0\tmod overwrite\n\
         {at},009\t{ann}\t1\t1\t1\trollback\n\
         {at},009\t{ann}\t2\t1\t1\trollback\n"
    );
    assert_eq!(exported, expected);
}

#[tokio::test]
async fn closed_cells_are_never_coloured() {
    let place = Workplace::new();
    let store = place.store().await;
    let opened = RoundOpened {
        size: Size::new(3, 1).unwrap(),
        mask: Some(Mask::new([true, false, true])),
        ..first_round(ImportFormat::Rplace2022)
    };
    let erased = RegionErased {
        round: ROUND,
        region: Region {
            x: 0,
            y: 0,
            width: 3,
            height: 1,
        },
        color: PaletteIndex(31),
        by: None,
        reason: String::new(),
    };
    append(store.as_ref(), 1, Event::RoundOpened(opened)).await;
    append(store.as_ref(), 2, made(ROUND, "ann", 1, 0)).await;
    append(store.as_ref(), 3, Event::RegionErased(erased)).await;
    for from in [1, 3] {
        let request = ExportRequest {
            from: Some(Version(from)),
            ..everything(ExportFormat::Rplace2022)
        };
        let (text, summary) = place.export_part(store.as_ref(), request).await;
        assert_eq!(summary.rows, 2);
        assert!(
            text.contains("\"0,0\"") && text.contains("\"2,0\""),
            "{text}"
        );
    }
}

/**
 * What the HTTP API takes and answers, by the names that this page has for it. The shapes come from
 * the server's OpenAPI document: `npm run api:types` writes them.
 */

import type { components } from './schema';

type Schemas = components['schemas'];

/** `GET /canvases/{c}`: a canvas and the rules of its round. */
export type CanvasInfo = Schemas['CanvasInfo'];

/** What one client may do on a canvas, and what there is room for. */
export type CanvasLimits = Schemas['LimitsInfo'];

/** The charge bucket of a round. */
export type CooldownRule = Schemas['CooldownInfo'];

/** Who somebody is on the canvas. */
export type PlayerName = Schemas['PlayerJson'];

/** Every sign-in and `POST /auth/refresh`. */
export type SignInAnswer = Schemas['SignedInJson'];

/** A service that says who somebody is. */
export type Provider = Schemas['ProviderJson'];

/** `GET /auth`: the ways to sign in. */
export type SignInWays = Schemas['SignInWaysJson'];

/** A proof of work that the server asks for. */
export type HumanCheck = Schemas['HumanCheckJson'];

/** `GET /me`. */
export type MeAnswer = Schemas['MeJson'];

/** A provider's account that leads to the player. */
export type LinkedIdentity = Schemas['IdentityJson'];

/**
 * `POST /canvases/{c}/play`. `ticket` opens the feed at `url` once, within 30 s; the charges are of
 * the canvas at `version`.
 */
export type PlayAnswer = Schemas['PlayJson'];

/** What a player may do next, as every answer to a player at a canvas tells it. */
export type PlayerCharges = Schemas['ChargesJson'];

/** `POST /canvases/{c}/placements`: what is asked. `id` makes a retry harmless. */
export type PlacementRequest = Schemas['PlacementBody'];

/** An accepted placement; times are RFC 3339. */
export type PlacementAnswer = Schemas['PlacedJson'];

/** `POST /canvases/{c}/placements/{version}/undo`. */
export type UndoAnswer = Schemas['UndoneJson'];

/** `GET /canvases/{c}/cells/{x}/{y}`: who set a cell, when, and what it held before. */
export type CellAnswer = Schemas['CellJson'];

/** One thing that happened to a cell. */
export type CellEntry = Schemas['CellEntry'];

/** `POST /feedback`: a message for the operator. */
export type FeedbackRequest = Schemas['FeedbackBody'];

/** What a message for the operator is about. */
export type FeedbackCategory = Schemas['FeedbackCategory'];

/** The proof that a message is kept. */
export type FeedbackAnswer = Schemas['FeedbackReceipt'];

/** The body of every error. */
export type ErrorAnswer = Schemas['ErrorBody'];

/** A film that the server is asked for. */
export type TimelapseRequest = Schemas['TimelapseBody'];

/** What films the server makes. */
export type TimelapseOffer = Schemas['TimelapseOffer'];

/** The form of a film's file. */
export type TimelapseFormat = Schemas['TimelapseFormat'];

/** A film, as it is now. */
export type TimelapseState = Schemas['TimelapseState'];

/** The bounds of the server's films. */
export type TimelapseLimits = Schemas['TimelapseLimits'];

/** What can be done to a canvas and its players. */
export type Act = Schemas['Act'];

/** What somebody may do. */
export type Role = Schemas['Role'];

/** An act on the record, as the staff sees it. */
export type ActRecord = Schemas['ActJson'];

/** A page of acts, newest first. */
export type ActsPage = Schemas['ActsJson'];

/** What an act would do. */
export type ActPreview = Schemas['PreviewJson'];

/** Somebody by id and name. */
export type Named = Schemas['NamedJson'];

/** What moderators did, for everybody. */
export type LogPage = Schemas['ModerationLogJson'];

/** One thing that moderators did, for everybody. */
export type LogEntry = Schemas['LogEntryJson'];

/** Somebody who has a role. */
export type StaffMember = Schemas['StaffJson'];

/** How a player places. */
export type Behaviour = Schemas['BehaviourJson'];

/** A page of what a player did, or of what happened in a region. */
export type HistoryEventsPage = Schemas['HistoryEventsPage'];

/** Everything that players told of one subject. */
export type QueueEntry = Schemas['EntryJson'];

/** A page of the queue. */
export type QueuePage = Schemas['QueueJson'];

/** An entry of the queue with what each player told. */
export type WholeEntry = Schemas['WholeEntryJson'];

/** What came of a report or an appeal. */
export type ReportOutcome = Schemas['ReportOutcome'];

/** A report of a cell or of a player. */
export type ReportRequest = Schemas['ReportBody'];

/** What somebody did, as a report says it. */
export type ReportCategory = Schemas['ReportCategory'];

/** What is known of a player, for the staff. */
export type PlayerFacts = Schemas['PlayerFactsJson'];

/** A page of the bans in force. */
export type BansPage = Schemas['BansJson'];

/** A rectangle of cells. */
export type Region = Schemas['RegionJson'];

/** A region where players may not place. */
export type Protection = Schemas['ProtectedInfo'];

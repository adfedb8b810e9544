import { equalBytes, isSubDealingOf, joinCommitments, toHex } from '#crypto';
import { ENTRY } from '../entry.ts';
import { epochAt } from '../membership.ts';
import type { Epoch } from '../membership-entry.ts';
import { readDeal, readHeld, readInstitution, readResharing } from '../readers.ts';
import {
  commitmentsOf,
  isGrant,
  isReshareDue,
  isSameDeals,
  isSettled,
  isWindowOver,
  reshareThreshold,
} from '../resharing.ts';
import type { Held } from '../resharing.ts';
import type { Deal, Resharing } from '../resharing-entry.ts';
import { stateKeys } from '../state-keys.ts';
import { depositKind, putDeposit } from './deposit.ts';
import { hasShareForEach } from './grant.ts';
import { allDistinct, append, refuse, require } from './rule.ts';
import type { Outcome, Rule, Run } from './rule.ts';

/** Nothing of the patient is opened or changed: who may read what stays as it was. */
const OUTCOME: Outcome = { patient: null, audit: null };

/**
 * A holder that still belongs shares its shares again among the members of the present epoch (SCHEME 7). That it shares
 * what it holds, and not something else, everybody sees by the constants; whether the boxes fit, their receivers say.
 */
export const dealShares: Rule<'reshare.deal'> = (run, { body }) => {
  const { backend, state, sender, context, hash: id } = run;
  const { held, epoch } = due(run, body);
  const institution = readInstitution(state.get, sender.id);
  const isHolder = held.shares.some(({ node }) => equalBytes(node, sender.id));
  if (institution === undefined || !isHolder) refuse('not-a-holder', { node: toHex(sender.id) });
  const { members } = epoch;
  require(hasShareForEach(members, body.boxes), 'shares-wrong', { institutions: members.length });
  const known = underWay(run, held, epoch);
  const already = known.deals.some((deal) => equalBytes(dealOf(run, deal).node, sender.id));
  require(!already, 'already-decided-by-sender');
  const { threshold } = known;
  const sub = { from: institution.index, threshold, commitments: body.commitments };
  require(isSubDealingOf(backend, commitmentsOf(held), sub), 'commitments-wrong', { threshold });
  putDeal(run, {
    id,
    owner: held.id,
    epoch: epoch.number,
    node: sender.id,
    index: institution.index,
    timeMs: context.timeMs,
    commitments: body.commitments.map((list) => [...list]),
    boxes: body.boxes.map(({ box }) => box),
  });
  append(state, 'deals-of', held.id, id);
  putResharing(run, { ...known, deals: [...known.deals, id] });
  return OUTCOME;
};

/**
 * A member says which deals it can use, as many as the threshold so far; a later word takes the place of its earlier
 * one. When enough members say the same, the holders change, all at once.
 */
export const confirmDeals: Rule<'reshare.confirm'> = (run, { body }) => {
  const { state, sender, context } = run;
  const { held, epoch } = due(run, body);
  const known = readResharing(state.get, held.id);
  if (known === undefined || known.epoch !== epoch.number) refuse('reshare-unknown');
  const places = body.deals.map((id) => known.deals.findIndex((deal) => equalBytes(deal, id)));
  const isOrdered = places.every((place, i) => place > (i === 0 ? -1 : (places[i - 1] ?? -1)));
  require(isOrdered && allDistinct(body.deals), 'reshare-unknown');
  require(body.deals.length === held.threshold, 'threshold-wrong', { threshold: held.threshold });
  const before = known.confirmations.find(({ node }) => equalBytes(node, sender.id));
  const isRepeated = before !== undefined && isSameDeals(before.deals, body.deals);
  // Said again it only counts the time that has passed.
  require(!isRepeated || isWindowOver(state.get, body.deals, context.timeMs), 'already-decided-by-sender');
  const others = known.confirmations.filter(({ node }) => !equalBytes(node, sender.id));
  const deals = body.deals.map((id) => id);
  const said: Resharing = { ...known, confirmations: [...others, { node: sender.id, deals }] };
  const members = epoch.members.length;
  const { timeMs } = context;
  if (isSettled(state.get, said, deals, { members, timeMs })) settle(run, held, epoch, said, deals);
  else putResharing(run, said);
  return OUTCOME;
};

/** The grant or deposit, if its holders are to change to the members of this very epoch. @throws Refused */
function due(
  { state, context }: Run,
  body: { readonly owner: Uint8Array; readonly epoch: number },
): { held: Held; epoch: Epoch } {
  const held = readHeld(state.get, body.owner);
  const epoch = epochAt(state.get, context.height);
  if (
    held === undefined ||
    body.epoch !== epoch.number ||
    !isReshareDue(state.get, held, epoch, context.timeMs)
  )
    refuse('reshare-not-due', { epoch: epoch.number });
  return { held, epoch };
}

/** What is under way for this epoch, or a new beginning: deals for members of an earlier epoch are of no use. */
function underWay(run: Run, held: Held, epoch: Epoch): Resharing {
  const known = readResharing(run.state.get, held.id);
  if (known !== undefined && known.epoch === epoch.number) return known;
  for (const id of known?.deals ?? []) trim(run, id);
  const threshold = reshareThreshold(run.context.genesis, held, epoch.members.length);
  return { owner: held.id, epoch: epoch.number, threshold, deals: [], confirmations: [] };
}

function settle(run: Run, held: Held, epoch: Epoch, said: Resharing, chosen: readonly Uint8Array[]): void {
  const { backend, state, context } = run;
  const { threshold } = said;
  const deals = chosen.map((id) => dealOf(run, id));
  const subs = deals.map(({ index, commitments }) => ({ from: index, commitments }));
  const joined = joinCommitments(backend, subs);
  const areElements = joined.flat().every((point) => backend.group.isElement(point));
  require(areElements, 'commitments-wrong', { threshold });
  const changed = {
    threshold,
    shares: epoch.members.map(({ id }, at) => ({
      node: id,
      boxes: deals.flatMap(({ boxes }) => boxes.slice(at, at + 1)),
    })),
    dealers: deals.map(({ node, index }) => ({ node, index })),
    epoch: epoch.number,
    sharesHeight: context.height,
  };
  if (isGrant(held)) {
    const rekeys = held.rekeys.map(({ X }, j) => ({ X, commitments: joined[j] ?? [] }));
    state.put(stateKeys.grant(held.id), ENTRY.grant.encode({ ...held, ...changed, rekeys }));
  } else {
    putDeposit(run, depositKind(run, held), { ...held, ...changed, commitments: joined });
  }
  state.remove(stateKeys.resharing(held.id));
  for (const id of said.deals) trim(run, id, chosen);
}

/** A deal whose time is over stays as a name, so that nodes know whose boxes to delete. */
function trim(run: Run, id: Uint8Array, chosen: readonly Uint8Array[] = []): void {
  const deal = dealOf(run, id);
  const isChosen = chosen.some((other) => equalBytes(other, id));
  putDeal(run, { ...deal, commitments: [], boxes: isChosen ? deal.boxes : [] });
}

function dealOf({ state }: Run, id: Uint8Array): Deal {
  const deal = readDeal(state.get, id);
  if (deal === undefined) refuse('reshare-unknown');
  return deal;
}

function putDeal({ state }: Run, deal: Deal): void {
  state.put(stateKeys.deal(deal.id), ENTRY.deal.encode(deal));
}

function putResharing({ state }: Run, resharing: Resharing): void {
  state.put(stateKeys.resharing(resharing.owner), ENTRY.resharing.encode(resharing));
}

import type { GatewayErrorCode } from '#node/gateway';
import type { Text } from './ledger-texts.ts';

export const GATEWAY_TEXTS: Readonly<Record<GatewayErrorCode, Text>> = {
  forged: [
    'The secret or authentication code of a message is wrong, or the request came through a web page.',
    'Pair the device again with the secret that "phr gateway source" prints.',
  ],
  'source-unknown': [
    'No enrolment of this gateway has the name that stands before the slash, or it was withdrawn.',
    'Compare it with "phr gateway list"; a new enrolment counts within seconds, unless the gateway’s log says left-out.',
  ],
  'other-patient': [
    'The message names another patient than the one whose lane this device writes to.',
    'Look whose device it is. Pair it again under that patient’s enrolment.',
  ],
  'too-fast': [
    'This device sends more than one device may; the others go on as before.',
    'Keep the readings and send them, before any later ones, after the milliseconds that the fact retryMs names.',
  ],
  'share-full': [
    'The queue on the gateway’s disk is more than half full, and this device has its equal share of it.',
    'Keep the readings and send them later. Bring the node of the gateway back, so that the queue empties.',
  ],
  'message-too-large': [
    'The message is larger than the gateway takes, or holds too many readings.',
    'Send it in smaller parts; the facts name the limit.',
  ],
  'message-malformed': [
    'The message has not the shape of readings.',
    'Compare it with {"readings": [{"n", "timeMs", "code", "value"}]}; the facts name the place.',
  ],
  'code-unknown': [
    'The gateway has no unit and no bounds for the code of a reading.',
    'Send LOINC codes of vital signs; the facts name the reading.',
  ],
  'unit-mismatch': [
    'The unit of a reading is not that of its code.',
    'Convert the value, or leave the unit out.',
  ],
  replayed: [
    'The counter, or a later one, was used before. A reading that was accepted is on the gateway’s disk.',
    'Drop what was accepted; send what was not with counters from the fact next on. If the device lost its counter, pair it under a new name.',
  ],
  'out-of-order': [
    'Counters within a message do not rise.',
    'Send the readings in the order of their counters.',
  ],
  'sources-full': [
    'The gateway serves no more enrolments, or keeps counters for no more devices; the facts name the bound.',
    'Withdraw an enrolment that nobody needs any more, or set up a second gateway. The device keeps its readings.',
  ],
  'queue-full': [
    'The queue on the gateway’s disk has reached its bound.',
    'Keep the readings and send them later. Bring the node of the gateway back, so that the queue empties.',
  ],
  'queue-failed': [
    'The disk of the gateway did not take a write, so nothing was accepted.',
    'Check free space and permissions; the device sends again by itself.',
  ],
  'already-running': ['Another process uses the directory of this gateway.', 'Stop it first.'],
  'not-enrolled': [
    'The directory holds no enrolled gateway.',
    'Run "phr gateway enrol" with a patient’s code.',
  ],
  'already-enrolled': [
    'The directory holds an enrolment of this name already, and its keys are never overwritten.',
    'Use it, or choose another name (--enrolment) or directory. One that was withdrawn is there until all is sent.',
  ],
  'other-network': [
    'The node shows another genesis than the patient’s code names.',
    'Make sure that the code is for this network. Do not go on with this node.',
  ],
  'disk-damaged': [
    'What lies on the gateway’s disk does not open: another key, or a damaged file.',
    'Restore the directory from a backup, or enrol the gateway anew; what was sent is safe.',
  ],
  'transport-insecure': [
    'Readings or the gateway’s session would cross a network in the clear.',
    'Use mqtts:// and https://, or a broker and a node on the gateway’s own machine.',
  ],
};

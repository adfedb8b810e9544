import type { BlockEvent, NodeStatus } from '#node/client';
import { byId, create, setText } from './elements.ts';
import {
  agoText,
  clockText,
  conditionOf,
  phaseText,
  shortHash,
  silenceAfter,
  standingOf,
  timeText,
} from './words.ts';
import type { Condition } from './words.ts';

const BLOCKS_SHOWN_MAX = 8;

type Institution = NodeStatus['validators'][number];

/** Everything on the page that comes from the node, as text. */
export class View {
  #status: NodeStatus | undefined;
  #blocks: BlockEvent[] = [];
  #institutionsShown = '';
  #heardAtMs = 0;

  showStatus(status: NodeStatus): void {
    this.#status = status;
    this.#heardAtMs = Date.now();
    this.#showCondition(conditionOf(status), status.name);
    setText('quorum', `${status.quorum} of ${status.validators.length} must agree on every block`);
    setText('name', status.name);
    setText('network', status.network);
    byId('devnet').hidden = !status.devnet;
    setText('height', String(status.height));
    setText('round', String(status.round));
    setText('phase', phaseText(status.phase));
    setText('waiting', String(status.mempool));
    setText('version', status.version);
    setText('since', timeText(status.startedAtMs));
    setText('node', status.node);
    setText('chain', status.chainId);
    setText('state', status.stateRoot);
    this.#showTime();
    this.#showInstitutions(status);
    // Names of proposers are known only now.
    if (this.#blocks.length > 0) this.#showBlocks();
  }

  showBlock(block: BlockEvent): void {
    this.#blocks = [block, ...this.#blocks.filter(({ height }) => height !== block.height)]
      .sort((a, b) => b.height - a.height)
      .slice(0, BLOCKS_SHOWN_MAX);
    this.#showBlocks();
  }

  /** A lost connection takes the claim back that the network works: this page can not know it any more. */
  showConnection(state: 'connected' | 'lost'): void {
    const isLost = state === 'lost';
    byId('connection').classList.toggle('is-shown', isLost);
    const status = this.#status;
    const since = status === undefined ? '' : ` What you see below is from ${timeText(this.#heardAtMs)}.`;
    setText('connection', isLost ? `Connection to this node lost, retrying.${since}` : '');
    if (isLost) this.#showCondition(silenceAfter(status), status?.name ?? 'this node');
  }

  /** Called every second: only the age of the last block moves by itself. */
  tick(): void {
    this.#showTime();
  }

  #showCondition(condition: Condition, name: string): void {
    byId('condition').dataset['tone'] = condition.tone;
    setText('headline', condition.headline);
    setText('detail', condition.detail);
    document.title = `${condition.headline} · ${name} · PHR Mesh`;
  }

  #showTime(): void {
    if (this.#status === undefined) return;
    const { height, timeMs } = this.#status;
    setText('ago', height === 0 ? 'none yet' : agoText(Date.now() - timeMs));
    setText('time', height === 0 ? 'the first transaction makes the first block' : timeText(timeMs));
    if (height > 0) byId('time').setAttribute('datetime', new Date(timeMs).toISOString());
  }

  #showInstitutions(status: NodeStatus): void {
    const key = JSON.stringify([status.validators, status.height, status.quorum]);
    if (key === this.#institutionsShown) return;
    this.#institutionsShown = key;
    byId('institutions-empty').hidden = status.validators.length > 0;
    byId('institutions').replaceChildren(
      ...status.validators.map((each) => institutionItem(each, status.height)),
    );
    const inReach = status.validators
      .map(({ self, connected }) => self || connected)
      .toSorted((a, b) => +b - +a);
    byId('segments').replaceChildren(
      ...inReach.map((isIn, index) =>
        create('li', { className: segmentClass(isIn, index + 1 === status.quorum) }),
      ),
    );
  }

  #showBlocks(): void {
    byId('blocks').hidden = false;
    byId('blocks-empty').hidden = true;
    const rows = byId('rows');
    const shown = new Map([...rows.children].map((row) => [row.id, row]));
    rows.replaceChildren(
      ...this.#blocks.map((block) => this.#rowOf(block, shown.get(`block-${block.height}`))),
    );
  }

  #rowOf(block: BlockEvent, shown: Element | undefined): Element {
    const names = new Map(this.#status?.validators.map(({ id, name }) => [id, name]));
    const proposer = names.get(block.proposer) ?? shortHash(block.proposer);
    if (shown !== undefined && shown.getAttribute('data-proposer') === proposer) return shown;
    const time = create('time', {
      text: clockText(block.timeMs),
      attributes: { datetime: new Date(block.timeMs).toISOString(), title: timeText(block.timeMs) },
    });
    const round = block.round > 0 ? ` (round ${block.round})` : '';
    return create(
      'tr',
      { attributes: { id: `block-${block.height}`, role: 'row', 'data-proposer': proposer } },
      cell('th', 'Block', String(block.height)),
      cell('td', 'Agreed at', '', time, 'aside'),
      cell('td', 'Transactions', String(block.transactions), undefined, 'number'),
      cell('td', 'Proposed by', `${proposer}${round}`, undefined, 'wide'),
      cell('td', 'Signed by', `${block.signers} of ${names.size}`, undefined, 'number aside'),
      cell(
        'td',
        'Hash',
        '',
        create('span', { text: shortHash(block.hash), attributes: { title: block.hash } }),
        'code',
      ),
    );
  }
}

function cell(tag: 'th' | 'td', label: string, text: string, child?: Node, className = ''): HTMLElement {
  const attributes: Record<string, string> =
    tag === 'th'
      ? { role: 'rowheader', scope: 'row', 'data-label': label }
      : { role: 'cell', 'data-label': label };
  return child === undefined
    ? create(tag, { text, className, attributes })
    : create(tag, { className, attributes }, child);
}

function institutionItem(institution: Institution, ownHeight: number): HTMLElement {
  const isIn = institution.self || institution.connected;
  const name = create('span', { className: 'institution-name', text: institution.name });
  if (institution.self) name.append(' ', create('span', { className: 'tag', text: 'this node' }));
  return create(
    'li',
    { className: isIn ? 'is-in' : 'is-out' },
    create('span', { className: 'dot', attributes: { 'aria-hidden': 'true' } }),
    name,
    create('span', { className: 'reach', text: isIn ? 'in reach' : 'not in reach' }),
    create('span', { className: 'standing', text: standingOf(institution, ownHeight) }),
  );
}

function segmentClass(isIn: boolean, isQuorum: boolean): string {
  return [isIn ? 'is-in' : 'is-out', ...(isQuorum ? ['is-quorum'] : [])].join(' ');
}

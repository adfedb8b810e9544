import { follow } from './live.ts';
import { View } from './view.ts';

const view = new View();
window.setInterval(() => view.tick(), 1000);
follow('/api/v1/events', {
  onStatus: (status) => view.showStatus(status),
  onBlock: (block) => view.showBlock(block),
  onConnection: (state) => view.showConnection(state),
});

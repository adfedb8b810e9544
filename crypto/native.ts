/** `#crypto/native`: the faster backend of a node. Never imported by what runs in a browser. */
export { createNativeBackend } from './backend/native/native-backend.ts';

export { importAppleHealth, importBundle, importCsv, importNdjson } from '#node/records';

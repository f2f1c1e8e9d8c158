import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

/**
 * Jest's own environment, but for what its globals are: a plain object. There it is a proxy behind an interceptor, which
 * is asked for every `Math` and `Uint8Array` that a test or a module names, and takes more time than most of them.
 */
// biome-ignore lint/style/noDefaultExport: Jest wants a class, so.
export default class extends TestEnvironment {
  constructor(...given) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...given);
    } finally {
      vm.createContext = createContext;
    }
  }
}

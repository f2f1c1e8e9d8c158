import type { Detector } from '../src/core/detector.ts';
import { named } from '../src/core/named.ts';
import { prefixed } from '../src/core/recognised.ts';

const issuer = 'alibaba';
const docs = 'https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair';

/** Keys of Alibaba Cloud. */
export const alibaba = (): readonly Detector[] => [
  prefixed({
    id: 'alibaba-access-key-id',
    issuer,
    docs,
    prefix: 'LTAI',
    alphabet: 'alphanumeric',
    length: [12, 21],
  }),
  // Looks like DeepSeek's, so the name decides.
  named({
    id: 'alibaba-model-studio-key',
    issuer,
    docs: 'https://www.alibabacloud.com/help/en/model-studio/get-api-key',
    names: ['dashscope', 'qwen', 'bailian'],
    prefix: 'sk-',
    alphabet: 'hex',
    length: 32,
  }),
  // Nothing tells an AccessKey's secret but the name beside it.
  named({
    id: 'alibaba-access-key-secret',
    issuer,
    docs,
    names: ['alibaba', 'aliyun', 'alicloud', 'access_key_secret', 'accesskeysecret'],
    alphabet: 'alphanumeric',
    length: 30,
  }),
];

// A client without failover that costs as little as one in Node can: what is left is the harness's part.
import { Agent, request } from 'node:http';
import { serve } from '../../clients/common/bascule.mjs';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
let url;

serve({
    async start(nodes) {
        url = new URL(nodes[0].url);
        return [];
    },
    request: ({ method, path, headers }) =>
        new Promise((resolve, reject) => {
            const options = { agent, host: url.hostname, port: url.port, method, path, headers };
            request(options, (answer) => {
                answer.resume();
                answer.on('end', () => resolve({ status: answer.statusCode }));
            }).on('error', reject).end();
        }),
});

-- What version 1.5.0 kept of the house's summary at http://127.0.0.1:18435/api/v1. Never changed.
PRAGMA application_id = 1869772147;
PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE account (id INTEGER PRIMARY KEY, address TEXT NOT NULL);
INSERT INTO "account" VALUES(1,'765f9a0280c77124f9cb5651b58a2b65');
CREATE TABLE alias (
            address TEXT NOT NULL, name TEXT NOT NULL, account INTEGER NOT NULL REFERENCES account,
            PRIMARY KEY (address, name, account)
        ) WITHOUT ROWID
        ;
INSERT INTO "alias" VALUES('765f9a0280c77124f9cb5651b58a2b65','key 91748445247e66f5ea7c4d6e7e4af0ff',1);
INSERT INTO "alias" VALUES('765f9a0280c77124f9cb5651b58a2b65','key ddbf85ae0cd3df723a2e9dc716bd69b4',1);
INSERT INTO "alias" VALUES('765f9a0280c77124f9cb5651b58a2b65','organization org-one',1);
INSERT INTO "alias" VALUES('765f9a0280c77124f9cb5651b58a2b65','user user-one',1);
CREATE TABLE announcement (
            account INTEGER NOT NULL REFERENCES account, thresholds TEXT NOT NULL, level INTEGER NOT NULL,
            at TEXT NOT NULL, PRIMARY KEY (account, thresholds)
        ) WITHOUT ROWID
        ;
CREATE TABLE answer (
            key TEXT NOT NULL, question TEXT NOT NULL, at TEXT NOT NULL, record TEXT NOT NULL,
            PRIMARY KEY (key, question)
        ) WITHOUT ROWID
        ;
INSERT INTO "answer" VALUES('8e06c82d82af80656a8150a94fac7488','keys','2026-11-20T14:09:00+00:00','{"kind":"Keys","regular":{"kind":"Key","text":"91748445247e66f5ea7c4d6e7e4af0ff","name":"OPENROUTER_API_KEY","source":"the environment","address":"765f9a0280c77124f9cb5651b58a2b65","headers":[]},"management":{"kind":"Key","text":"ddbf85ae0cd3df723a2e9dc716bd69b4","name":"OPENROUTER_MGMT_KEY","source":"the environment","address":"765f9a0280c77124f9cb5651b58a2b65","headers":[]},"notes":[],"remarks":[],"is_whole":true}');
INSERT INTO "answer" VALUES('91748445247e66f5ea7c4d6e7e4af0ff','key','2026-11-20T14:09:00+00:00','{"kind":"KeyInfo","counters":{"kind":"Counters","credits":{"kind":"Spend","today":{"Decimal":"3.42"},"week":{"Decimal":"18.9"},"month":{"Decimal":"61.25"}},"byok":{"kind":"Spend","today":{"Decimal":"0.3"},"week":{"Decimal":"1.1"},"month":{"Decimal":"4.0"}},"total":{"Decimal":"161.25"}},"limits":[],"effective_limit":null,"free_requests":{"kind":"FreeRequests","used":0,"limit":50,"remaining":50},"is_management":false,"expires_at":null,"organization":"org-one","creator":"user-one","as_of":null,"workspace":"ws-default"}');
INSERT INTO "answer" VALUES('ddbf85ae0cd3df723a2e9dc716bd69b4','account_days','2026-11-20T14:09:00+00:00','{"kind":"AccountDays","days":[{"kind":"DaySpend","day":{"date":"2026-11-20"},"usd":{"Decimal":"5.1"},"byok_usd":{"Decimal":"0.3"}},{"kind":"DaySpend","day":{"date":"2026-11-18"},"usd":{"Decimal":"10.48"},"byok_usd":{"Decimal":"0"}},{"kind":"DaySpend","day":{"date":"2026-11-17"},"usd":{"Decimal":"0.82"},"byok_usd":{"Decimal":"0.95"}},{"kind":"DaySpend","day":{"date":"2026-11-16"},"usd":{"Decimal":"5.0"},"byok_usd":{"Decimal":"0.8"}},{"kind":"DaySpend","day":{"date":"2026-11-10"},"usd":{"Decimal":"42.35"},"byok_usd":{"Decimal":"2.9"}},{"kind":"DaySpend","day":{"date":"2026-11-05"},"usd":{"Decimal":"28.25"},"byok_usd":{"Decimal":"0"}}],"as_of":null,"since":{"date":"2026-11-01"}}');
INSERT INTO "answer" VALUES('ddbf85ae0cd3df723a2e9dc716bd69b4','activity','2026-11-20T14:09:00+00:00','{"kind":"Remembered","as_of":{"datetime":"2026-11-20T14:09:00+00:00"}}');
INSERT INTO "answer" VALUES('ddbf85ae0cd3df723a2e9dc716bd69b4','credits','2026-11-20T14:09:00+00:00','{"kind":"Credits","purchased":{"Decimal":"300"},"used":{"Decimal":"261.25"},"as_of":null}');
INSERT INTO "answer" VALUES('ddbf85ae0cd3df723a2e9dc716bd69b4','key','2026-11-20T14:09:00+00:00','{"kind":"KeyInfo","counters":{"kind":"Counters","credits":{"kind":"Spend","today":{"Decimal":"0.0"},"week":{"Decimal":"0.0"},"month":{"Decimal":"0.0"}},"byok":{"kind":"Spend","today":{"Decimal":"0.0"},"week":{"Decimal":"0.0"},"month":{"Decimal":"0.0"}},"total":{"Decimal":"0.0"}},"limits":[],"effective_limit":null,"free_requests":{"kind":"FreeRequests","used":0,"limit":50,"remaining":50},"is_management":true,"expires_at":null,"organization":"org-one","creator":"user-one","as_of":null,"workspace":"ws-default"}');
INSERT INTO "answer" VALUES('ddbf85ae0cd3df723a2e9dc716bd69b4','keys_page ws-default 0','2026-11-20T14:09:00+00:00','{"kind":"KeysPage","keys":[{"kind":"ListedKey","hash":"1448e0872d741f700d0bf93631e3d6f5cc2dd78024628ad833bcf873ffb71b26","name":"agent","created":{"date":"2026-01-01"},"disabled":false,"expires_at":null,"limit":null,"counters":{"kind":"Counters","credits":{"kind":"Spend","today":{"Decimal":"3.42"},"week":{"Decimal":"18.9"},"month":{"Decimal":"61.25"}},"byok":{"kind":"Spend","today":{"Decimal":"0.3"},"week":{"Decimal":"1.1"},"month":{"Decimal":"4.0"}},"total":{"Decimal":"161.25"}},"workspace":"ws-default"},{"kind":"ListedKey","hash":"8dea9107ada2e2e241a89090fe4a839e9c0c0702eaa323722f8f66f50e97231f","name":"second","created":{"date":"2026-01-01"},"disabled":false,"expires_at":null,"limit":null,"counters":{"kind":"Counters","credits":{"kind":"Spend","today":{"Decimal":"1.68"},"week":{"Decimal":"2.5"},"month":{"Decimal":"30.75"}},"byok":{"kind":"Spend","today":{"Decimal":"0.0"},"week":{"Decimal":"0.95"},"month":{"Decimal":"0.95"}},"total":{"Decimal":"100.0"}},"workspace":"ws-default"}],"is_last":true,"as_of":null}');
INSERT INTO "answer" VALUES('ddbf85ae0cd3df723a2e9dc716bd69b4','usage (''date'', ''key'') 2026-10-21 2026-11-19','2026-11-20T14:09:00+00:00','{"kind":"UsageTable","dimensions":["date","key"],"rows":[{"kind":"UsageRow","names":[{"date":"2026-11-18"},"agent"],"use":{"kind":"Use","usd":{"Decimal":"10.48"},"byok_usd":{"Decimal":"0"},"requests":157,"prompt_tokens":3000,"completion_tokens":300,"reasoning_tokens":0,"cached_tokens":700}},{"kind":"UsageRow","names":[{"date":"2026-11-17"},"second"],"use":{"kind":"Use","usd":{"Decimal":"0.82"},"byok_usd":{"Decimal":"0.95"},"requests":50,"prompt_tokens":2000,"completion_tokens":200,"reasoning_tokens":0,"cached_tokens":0}},{"kind":"UsageRow","names":[{"date":"2026-11-16"},"agent"],"use":{"kind":"Use","usd":{"Decimal":"5.0"},"byok_usd":{"Decimal":"0.8"},"requests":40,"prompt_tokens":1000,"completion_tokens":100,"reasoning_tokens":0,"cached_tokens":0}},{"kind":"UsageRow","names":[{"date":"2026-11-10"},"agent"],"use":{"kind":"Use","usd":{"Decimal":"42.35"},"byok_usd":{"Decimal":"2.9"},"requests":200,"prompt_tokens":1000,"completion_tokens":100,"reasoning_tokens":0,"cached_tokens":0}},{"kind":"UsageRow","names":[{"date":"2026-11-05"},"second"],"use":{"kind":"Use","usd":{"Decimal":"28.25"},"byok_usd":{"Decimal":"0"},"requests":150,"prompt_tokens":1000,"completion_tokens":100,"reasoning_tokens":0,"cached_tokens":0}},{"kind":"UsageRow","names":[{"date":"2026-10-21"},"agent"],"use":{"kind":"Use","usd":{"Decimal":"100.0"},"byok_usd":{"Decimal":"0"},"requests":900,"prompt_tokens":1000,"completion_tokens":100,"reasoning_tokens":0,"cached_tokens":0}}],"partial":false,"warnings":[],"as_of":null}');
INSERT INTO "answer" VALUES('ddbf85ae0cd3df723a2e9dc716bd69b4','usage_until (''date'', ''model'') 2026-11-20 2026-11-20','2026-11-20T14:09:00+00:00','{"kind":"UsageTable","dimensions":["date","model"],"rows":[{"kind":"UsageRow","names":[{"date":"2026-11-20"},"openai/gpt-5.1-20260801"],"use":{"kind":"Use","usd":{"Decimal":"1.68"},"byok_usd":{"Decimal":"0"},"requests":9,"prompt_tokens":1000,"completion_tokens":100,"reasoning_tokens":0,"cached_tokens":0}},{"kind":"UsageRow","names":[{"date":"2026-11-20"},"anthropic/claude-sonnet-4.5-20260801"],"use":{"kind":"Use","usd":{"Decimal":"3.42"},"byok_usd":{"Decimal":"0.3"},"requests":31,"prompt_tokens":1000,"completion_tokens":100,"reasoning_tokens":0,"cached_tokens":0}}],"partial":false,"warnings":[],"as_of":null}');
INSERT INTO "answer" VALUES('ddbf85ae0cd3df723a2e9dc716bd69b4','workspaces','2026-11-20T14:09:00+00:00','["ws-default"]');
CREATE TABLE balance (
            account INTEGER NOT NULL REFERENCES account, at TEXT NOT NULL, purchased INTEGER NOT NULL,
            used INTEGER NOT NULL, PRIMARY KEY (account, at)
        ) WITHOUT ROWID
        ;
INSERT INTO "balance" VALUES(1,'2026-11-20T14:09:00+00:00',3000000000000,2612500000000);
CREATE TABLE day (
            id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES account,
            date TEXT NOT NULL, seen_at TEXT NOT NULL,
            UNIQUE (account, date)
        );
INSERT INTO "day" VALUES(1,1,'2026-10-21','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(2,1,'2026-10-22','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(3,1,'2026-10-23','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(4,1,'2026-10-24','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(5,1,'2026-10-25','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(6,1,'2026-10-26','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(7,1,'2026-10-27','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(8,1,'2026-10-28','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(9,1,'2026-10-29','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(10,1,'2026-10-30','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(11,1,'2026-10-31','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(12,1,'2026-11-01','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(13,1,'2026-11-02','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(14,1,'2026-11-03','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(15,1,'2026-11-04','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(16,1,'2026-11-05','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(17,1,'2026-11-06','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(18,1,'2026-11-07','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(19,1,'2026-11-08','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(20,1,'2026-11-09','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(21,1,'2026-11-10','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(22,1,'2026-11-11','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(23,1,'2026-11-12','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(24,1,'2026-11-13','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(25,1,'2026-11-14','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(26,1,'2026-11-15','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(27,1,'2026-11-16','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(28,1,'2026-11-17','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(29,1,'2026-11-18','2026-11-20T14:09:00+00:00');
INSERT INTO "day" VALUES(30,1,'2026-11-19','2026-11-20T14:09:00+00:00');
CREATE TABLE endpoint (
            id INTEGER PRIMARY KEY, model TEXT NOT NULL, permaslug TEXT NOT NULL, provider TEXT NOT NULL,
            UNIQUE (model, permaslug, provider)
        );
INSERT INTO "endpoint" VALUES(1,'openai/gpt-5.1','openai/gpt-5.1-20260801','OpenAI');
INSERT INTO "endpoint" VALUES(2,'anthropic/claude-sonnet-4.5','anthropic/claude-sonnet-4.5-20260801','Anthropic');
INSERT INTO "endpoint" VALUES(3,'deepseek/deepseek-v4-flash','deepseek/deepseek-v4-flash-20260801','DeepInfra');
INSERT INTO "endpoint" VALUES(4,'anthropic/claude-sonnet-4.5','anthropic/claude-sonnet-4.5-20260801','Google');
INSERT INTO "endpoint" VALUES(5,'evil/=cmd|"a,b" red','evil/=cmd|"a,b" red -20260801','Nobody');
CREATE TABLE salt (value BLOB NOT NULL);
INSERT INTO "salt" VALUES(X'D49194BAA5752676FAF75D90517C848E581BE7214743E635DC8EEDCD5F2F049C');
CREATE TABLE spend (
            day INTEGER NOT NULL REFERENCES day ON DELETE CASCADE, number INTEGER NOT NULL,
            endpoint INTEGER NOT NULL REFERENCES endpoint, usd INTEGER, byok_usd INTEGER, requests INTEGER,
            prompt_tokens INTEGER, completion_tokens INTEGER, reasoning_tokens INTEGER, cached_tokens INTEGER,
            PRIMARY KEY (day, number)
        ) WITHOUT ROWID
        ;
INSERT INTO "spend" VALUES(1,0,1,1000000000000,0,900,1000,100,0,0);
INSERT INTO "spend" VALUES(16,1,2,282500000000,0,150,1000,100,0,0);
INSERT INTO "spend" VALUES(21,2,1,423500000000,29000000000,200,1000,100,0,0);
INSERT INTO "spend" VALUES(27,3,1,50000000000,8000000000,40,1000,100,0,0);
INSERT INTO "spend" VALUES(28,4,3,8955520,0,38,1000,100,0,0);
INSERT INTO "spend" VALUES(28,5,1,8191044480,9500000000,12,1000,100,0,0);
INSERT INTO "spend" VALUES(29,6,2,60000000004,0,100,1000,100,0,700);
INSERT INTO "spend" VALUES(29,7,4,24799999996,0,50,1000,100,0,0);
INSERT INTO "spend" VALUES(29,8,5,20000000000,0,7,1000,100,0,0);
CREATE VIEW daily_spend AS
            SELECT day.account, date, model, provider, usd / 1e10 AS usd, byok_usd / 1e10 AS byok_usd, requests,
                   prompt_tokens, completion_tokens, reasoning_tokens, cached_tokens, seen_at
            FROM day JOIN spend ON spend.day = day.id JOIN endpoint ON endpoint.id = spend.endpoint;
COMMIT;

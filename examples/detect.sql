-- Who read the memory of lsass.exe, where Windows keeps credentials? And which encoded commands did PowerShell get?
-- The sample is 143 of 100,000 security events; see NOTICE.

CREATE TABLE events (
  EventID INT,
  Hostname STRING,
  UtcTime STRING,
  SourceImage STRING,
  TargetImage STRING,
  GrantedAccess STRING,
  CommandLine STRING
) WITH (
  'connector' = 'filesystem',
  'path' = 'examples/windows-events.jsonl',
  'format' = 'json'
);

-- A process was opened with the right to read its memory (Sysmon event 10, access mask 0x0010 among others).
SELECT UtcTime, Hostname, SourceImage, GrantedAccess
FROM events
WHERE EventID = 10
  AND TargetImage LIKE '%\lsass.exe'
  AND GrantedAccess IN ('0x1010', '0x1410', '0x1438', '0x143a', '0x1fffff');

-- A command in base64, hidden from whoever reads the process list (events 1 and 4688).
SELECT Hostname, EventID, REGEXP_EXTRACT(CommandLine, '-[eE]nc\w* +(\S{40})', 1) AS encoded
FROM events
WHERE EventID IN (1, 4688) AND REGEXP(CommandLine, '(?i)powershell.* -enc\w* +\S{40}');

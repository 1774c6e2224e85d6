"""The script that finishes REST answers: it gives errors their one shape and applies `response_body`."""

from __future__ import annotations

from typing import Final

FILTER: Final = "envoy.filters.http.lua"
RESPONSE_BODY: Final = "response_body"
"""The key of a route's metadata, under the filter's name, that names the one field a REST caller gets."""

CACHE_CONTROL: Final = "cache_control"
"""The key, beside it, of the header of that name for what succeeded."""

OAUTH: Final = "oauth"
"""The key of a route whose refusals take the form of RFC 6749."""

_CODE_NAMES: Final = (
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
)  # fmt: skip

_SCRIPT: Final = r"""
-- The transcoder writes google.rpc.Status with `code` first. A quote inside a text is always escaped, so a plain search
-- for a key cannot hit one.
local KEPT = "malha.rest"
local TOO_LARGE = ',"message":"the request is larger than the method allows"'

local function detail(reason, id)
  local metadata = id and ',"metadata":{"request_id":"' .. id .. '"}' or ""
  return '{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"' .. reason
    .. '","domain":"malha.local"' .. metadata .. "}"
end

local function shaped(http, text, id)
  local code, rest = string.match(text, '^{"code":(%d+),?(.*)}%s*$')
  if code == nil then return nil end
  local out = '{"error":{"code":' .. http .. ',"status":"' .. (NAMES[tonumber(code)] or "UNKNOWN") .. '"'
  local bare = string.find("," .. rest, ',"details":[', 1, true) == nil
  -- What gRPC itself refuses, such as a message beyond the server's limit, comes in its own words and without details.
  if bare and code == "8" and string.find(rest, "larger than max", 1, true) then
    return out .. TOO_LARGE .. ',"details":[' .. detail("MESSAGE_TOO_LARGE", id) .. "]}}"
  end
  if string.find(rest, '"message":', 1, true) ~= 1 then out = out .. ',"message":""' end
  if rest ~= "" then out = out .. "," .. rest end
  if bare then out = out .. ',"details":[' .. detail("EDGE", id) .. "]" end
  return out .. "}}"
end

-- What an OAuth2 endpoint refuses, as its clients expect it; what fails otherwise looks as everywhere. The description
-- is made of letters that need no escaping (RFC 6749, 5.2).
local function refused(text)
  if string.find(text, '"reason":"TOKEN_REQUEST_REFUSED"', 1, true) == nil then return nil end
  local code = string.match(text, '"error":"([%w_]+)"')
  if code == nil then return nil end
  local description = string.match(text, '"message":"([^"\\]*)"') or ""
  return '{"error":"' .. code .. '","error_description":"' .. description .. '"}'
end

local function unwrapped(field, text)
  local prefix = '{"' .. field .. '":'
  if string.sub(text, 1, #prefix) ~= prefix then return nil end
  return string.sub(text, #prefix + 1, -2)
end

-- The answer has the id only where a service has set it, so it is kept from the request. A caller's own id that would
-- need escaping is left out.
function envoy_on_request(handle)
  local id = handle:headers():get("x-request-id")
  if id ~= nil and string.match(id, "^[%w._-]+$") ~= nil then
    handle:streamInfo():dynamicMetadata():set(KEPT, "request_id", id)
  end
end

function envoy_on_response(handle)
  local http = handle:headers():get(":status")
  local field = nil
  if http < "400" then
    local cache = handle:metadata():get("cache_control")
    if cache ~= nil then handle:headers():replace("cache-control", cache) end
    field = handle:metadata():get("response_body")
    if field == nil then return end
  end
  local buffer = handle:body(true)
  local text = buffer:getBytes(0, buffer:length())
  local kept = handle:streamInfo():dynamicMetadata():get(KEPT)
  local id = kept and kept["request_id"]
  local refusal = http >= "400" and handle:metadata():get("oauth") and refused(text)
  local out = refusal or field and unwrapped(field, text) or shaped(http, text, id)
  if out == nil then return end
  buffer:setBytes(out)
  -- Fetched again: what was fetched before the wait for the body is out of scope.
  local headers = handle:headers()
  headers:replace("content-type", "application/json")
  headers:replace("content-length", tostring(#out))
  if refusal then
    headers:replace("cache-control", "no-store")
    if http == "401" then headers:replace("www-authenticate", 'Basic realm="malha"') end
  end
end
"""

SCRIPT: Final = "local NAMES = {[0] = " + ", ".join(f'"{name}"' for name in _CODE_NAMES) + "}\n" + _SCRIPT
"""What the Lua filter of the REST routes runs."""

-- SPDX-License-Identifier: MIT
-- What Lua programs do with libuv through lua-luv: timers, TCP, pipes, UDP,
-- processes, files, threads, signals, DNS. Each step runs the default loop until
-- nothing is left and prints `ok`; the last line is `done` with their number.
local uv = require('luv')
local work = assert(os.getenv('TMPDIR'))
local count = 0

local function check(got, expected)
  if got ~= expected then
    error(('got %s, not %s'):format(tostring(got), tostring(expected)), 2)
  end
end

local function step(name, run)
  local watchdog = uv.new_timer()
  watchdog:start(15000, 0, function()
    io.stderr:write('FAILED: ' .. name .. ' does not end\n')
    uv.walk(function(handle) io.stderr:write(tostring(handle) .. '\n') end)
    os.exit(1)
  end)
  watchdog:unref()
  local verify = run()
  uv.run()
  watchdog:close()
  uv.run()
  if verify then verify() end
  uv.walk(function(handle)
    if not handle:is_closing() then error(name .. ' left ' .. tostring(handle)) end
  end)
  count = count + 1
  print('ok ' .. name)
end

step('timers: once, repeated, again, in order', function()
  local order = {}
  for i = 1, 20 do
    local timer = uv.new_timer()
    timer:start((20 - i) % 5, 0, function()
      order[#order + 1] = (20 - i) % 5
      timer:close()
    end)
  end
  local fired = 0
  local repeated = uv.new_timer()
  repeated:start(5, 2, function()
    fired = fired + 1
    if fired == 10 then repeated:close() end
  end)
  return function()
    check(#order, 20)
    for i = 2, 20 do assert(order[i - 1] <= order[i]) end
    check(fired, 10)
  end
end)

step('idle, prepare, check', function()
  local order = {}
  local idle, prepare, chk = uv.new_idle(), uv.new_prepare(), uv.new_check()
  idle:start(function() order[#order + 1] = 'idle' end)
  prepare:start(function() order[#order + 1] = 'prepare' end)
  chk:start(function()
    order[#order + 1] = 'check'
    idle:close() prepare:close() chk:close()
  end)
  return function() check(table.concat(order, ' '), 'idle prepare check') end
end)

local function listen(server, on)
  assert(server:listen(128, function(err)
    assert(not err, err)
    local client = uv.new_tcp()
    assert(server:accept(client))
    on(client)
  end))
end

step('TCP echo, 30 clients', function()
  local server, got = uv.new_tcp(), {}
  assert(server:bind('127.0.0.1', 0))
  listen(server, function(client)
    client:read_start(function(err, chunk)
      assert(not err, err)
      if chunk then client:write(chunk)
      else client:shutdown(function() client:close() end) end
    end)
  end)
  local left = 30
  for i = 1, 30 do
    local text = ('%d '):rep(5000):format(i, i, i, i, i, i, i, i, i, i,
      (table.unpack or unpack)((function()
        local t = {} for k = 1, 4990 do t[k] = i end return t end)()))
    local client, parts = uv.new_tcp(), {}
    client:connect('127.0.0.1', server:getsockname().port, function(err)
      assert(not err, err)
      client:read_start(function(err2, chunk)
        assert(not err2, err2)
        if chunk then parts[#parts + 1] = chunk return end
        got[i] = table.concat(parts) == text
        client:close()
        left = left - 1
        if left == 0 then server:close() end
      end)
      client:write(text)
      client:shutdown()
    end)
  end
  return function() for i = 1, 30 do check(got[i], true) end end
end)

step('a pipe passes a socket', function()
  local fds = uv.socketpair and uv.socketpair(nil, nil,
    { nonblock = true }, { nonblock = true })
  if not fds then return end
  local a, b = uv.new_pipe(true), uv.new_pipe(true)
  a:open(fds[1]) b:open(fds[2])
  local server, text = uv.new_tcp(), nil
  server:bind('127.0.0.1', 0)
  b:read_start(function(err, chunk)
    assert(not err, err)
    if not chunk then return b:close() end
    check(b:pending_count(), 1)
    check(b:pending_type(), 'tcp')
    local received = uv.new_tcp()
    assert(b:accept(received))
    text = chunk .. received:getsockname().port
    received:close()
    b:close()
  end)
  local port = server:getsockname().port
  a:write2('port ', server, function(err)
    assert(not err, err)
    server:close()
    a:close()
  end)
  return function() check(text, 'port ' .. port) end
end)

step('UDP there and back', function()
  local a, b, got = uv.new_udp(), uv.new_udp(), {}
  a:bind('127.0.0.1', 0) b:bind('127.0.0.1', 0)
  b:recv_start(function(err, data, from)
    assert(not err, err)
    if data then b:send(data:upper(), from.ip, from.port) end
  end)
  a:recv_start(function(err, data)
    assert(not err, err)
    if not data then return end
    got[#got + 1] = data
    if #got == 20 then a:close() b:close() end
  end)
  for i = 1, 20 do a:send('n' .. i, '127.0.0.1', b:getsockname().port) end
  return function() for i = 1, 20 do check(got[i], 'N' .. i) end end
end)

step('a process with its three streams', function()
  local input, output, errors = uv.new_pipe(), uv.new_pipe(), uv.new_pipe()
  local out, err, code, signal = '', '', nil, nil
  local process
  process = assert(uv.spawn('sh', { args = { '-c',
    'cat; echo problem >&2; echo $WORD; exit 6' },
    stdio = { input, output, errors }, env = { 'WORD=from env',
    'PATH=' .. os.getenv('PATH') }, cwd = work }, function(c, s)
    code, signal = c, s
    process:close()
  end))
  output:read_start(function(_, chunk)
    if chunk then out = out .. chunk else output:close() end
  end)
  errors:read_start(function(_, chunk)
    if chunk then err = err .. chunk else errors:close() end
  end)
  input:write(('x'):rep(200000))
  input:shutdown(function() input:close() end)
  return function()
    check(out, ('x'):rep(200000) .. 'from env\n')
    check(err, 'problem\n')
    check(code, 6)
    check(signal, 0)
  end
end)

step('no such program; one that is killed', function()
  local none, message, name = uv.spawn(work .. '/none', {}, function() end)
  check(none, nil)
  check(name, 'ENOENT')
  local process, signal
  process = uv.spawn('sleep', { args = { '20' } }, function(_, s)
    signal = s
    process:close()
  end)
  uv.kill(process:get_pid(), 'sigterm')
  return function() check(signal, 15) end
end)

step('files, by callbacks', function()
  local path, text = work .. '/file', ('0123456789'):rep(10000)
  local got, size, names = nil, nil, {}
  uv.fs_open(path, 'w', 420, function(err, fd)
    assert(not err, err)
    uv.fs_write(fd, text, 0, function(err2, written)
      assert(not err2, err2)
      check(written, #text)
      uv.fs_close(fd, function()
        uv.fs_open(path, 'r', 0, function(_, again)
          uv.fs_read(again, 5, 12345, function(err3, part)
            assert(not err3, err3)
            got = part
            uv.fs_close(again)
          end)
        end)
        uv.fs_stat(path, function(_, stat) size = stat.size end)
        uv.fs_scandir(work, function(_, request)
          for entry in function() return uv.fs_scandir_next(request) end do
            names[entry] = true
          end
        end)
      end)
    end)
  end)
  return function()
    check(got, '56789')
    check(size, #text)
    check(names.file, true)
    local none, _, name = uv.fs_stat(work .. '/none')
    check(none, nil)
    check(name, 'ENOENT')
  end
end)

step('watching a folder', function()
  local event, seen = uv.new_fs_event(), nil
  local timer = uv.new_timer()
  event:start(work, {}, function(err, name)
    assert(not err, err)
    if name ~= 'watched' then return end
    seen = name
    event:close()
    if not timer:is_closing() then timer:close() end
  end)
  timer:start(1, 50, function()
    local fd = assert(uv.fs_open(work .. '/watched', 'w', 420))
    uv.fs_close(fd)
  end)
  return function() check(seen, 'watched') end
end)

step('polling a file', function()
  local poll, size = uv.new_fs_poll(), nil
  local fd = assert(uv.fs_open(work .. '/polled', 'w', 420))
  poll:start(work .. '/polled', 20, function(err, _, now)
    assert(not err, err)
    size = now.size
    poll:close()
  end)
  local timer = uv.new_timer()
  timer:start(60, 0, function()
    uv.fs_write(fd, 'grown', 0)
    uv.fs_close(fd)
    timer:close()
  end)
  return function() check(size, 5) end
end)

step('async from threads, and work', function()
  local sum, sent = 0, 0
  local async
  async = uv.new_async(function(n)
    sent = sent + 1
  end)
  local left = 4
  for i = 1, 40 do
    local ctx = uv.new_work(function(n) return n * n end, function(square)
      sum = sum + square
    end)
    ctx:queue(i)
  end
  local threads = {}
  for i = 1, 4 do
    threads[i] = uv.new_thread(function(handle)
      local luv = require('luv')
      for k = 1, 100 do handle:send(k) end
      luv.sleep(1)
    end, async)
  end
  for i = 1, 4 do threads[i]:join() end
  -- All was sent before the loop looks; it is one callback, or a few.
  local timer = uv.new_timer()
  uv.update_time()
  timer:start(100, 0, function() async:close() timer:close() end)
  return function()
    check(sum, 40 * 41 * 81 / 6)
    assert(sent >= 1 and sent <= 400)
  end
end)

step('signals', function()
  local signal, got = uv.new_signal(), nil
  signal:start('sigusr2', function(name) got = name signal:close() end)
  uv.kill(uv.os_getpid(), 'sigusr2')
  return function() check(got, 'sigusr2') end
end)

step('names and the system', function()
  local got
  uv.getaddrinfo('127.0.0.1', '80', { socktype = 'stream' }, function(err, list)
    assert(not err, err)
    got = list[1].addr .. ':' .. list[1].port
  end)
  return function()
    check(got, '127.0.0.1:80')
    assert(uv.hrtime() > 0 and uv.get_total_memory() > 0)
    assert(#uv.cpu_info() > 0 and uv.interface_addresses().lo)
    check(uv.cwd(), uv.fs_realpath('.'))
    check(uv.os_getenv('TMPDIR'), work)
    assert(uv.os_uname().sysname == 'Linux')
  end
end)

assert(uv.loop_close())
print('version ' .. uv.version_string())
print('done ' .. count)

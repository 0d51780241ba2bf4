-- SPDX-License-Identifier: MIT
-- Neovim, headless: jobs, channels, sockets, timers, file watching, the clipboard
-- of processes that its Lua and Vim script offer. Each step prints `ok`, the last
-- line is `done` with their number. Run as `nvim --headless -l`-like: `-S run.lua`.
local uv = vim.loop
local work = assert(os.getenv('TMPDIR'))
local count = 0

local function say(text) io.stdout:write(text .. '\n') io.stdout:flush() end

local function check(got, expected)
  if not vim.deep_equal(got, expected) then
    error(('got %s, not %s'):format(vim.inspect(got), vim.inspect(expected)), 2)
  end
end

local function wait(what, is_so)
  if not vim.wait(10000, is_so, 5) then error('waited in vain for ' .. what, 2) end
end

local steps = {}
local function step(name, run) steps[#steps + 1] = { name, run } end

-- Functions that a job calls back are made in Vim script, which hands over lists.
vim.cmd([[
  let g:out = {} | let g:err = {} | let g:codes = {}
  function! Add(store, job, data, event)
    let l:all = get(a:store, a:job, [''])
    let l:all[-1] .= a:data[0]
    let a:store[a:job] = l:all + a:data[1:]
  endfunction
  function! Out(job, data, event)
    call Add(g:out, a:job, a:data, a:event)
  endfunction
  function! Err(job, data, event)
    call Add(g:err, a:job, a:data, a:event)
  endfunction
  function! Ended(job, code, event)
    let g:codes[a:job] = a:code
  endfunction
  function! Start(words, more)
    return jobstart(a:words, extend({'on_stdout': function('Out'),
      \ 'on_stderr': function('Err'), 'on_exit': function('Ended')}, a:more))
  endfunction
]])

local function start(words, more)
  return vim.fn.Start(words, more or vim.empty_dict())
end
local function finish(job)
  wait('the end of the job', function() return vim.g.codes[tostring(job)] end)
  return vim.g.codes[tostring(job)]
end

step('a job: output, errors, exit code', function()
  local job = start({ 'sh', '-c', 'echo one; echo two; echo bad >&2; exit 3' })
  check(finish(job), 3)
  check(vim.g.out[tostring(job)], { 'one', 'two', '' })
  check(vim.g.err[tostring(job)], { 'bad', '' })
end)

step('a job that is written to', function()
  local job = start({ 'cat' })
  local lines = {}
  for i = 1, 5000 do lines[i] = 'line ' .. i end
  vim.fn.chansend(job, lines)
  vim.fn.chanclose(job, 'stdin')
  check(finish(job), 0)
  check(vim.g.out[tostring(job)], lines)
end)

step('a lot of output arrives whole', function()
  local job = start({ 'seq', '60000' })
  check(finish(job), 0)
  local got = vim.g.out[tostring(job)]
  check(#got, 60001)
  check(got[60000], '60000')
end)

step('30 jobs at once', function()
  local jobs = {}
  for i = 1, 30 do jobs[i] = start({ 'sh', '-c', 'echo ' .. i .. '; exit ' .. i }) end
  for i = 1, 30 do
    check(finish(jobs[i]), i)
    check(vim.g.out[tostring(jobs[i])], { tostring(i), '' })
  end
end)

step('jobstop, jobwait, no such program', function()
  local job = start({ 'sleep', '30' })
  check(vim.fn.jobwait({ job }, 20), { -1 })
  vim.fn.jobstop(job)
  check(finish(job), 143)
  check(pcall(vim.fn.Start, { work .. '/none' }, vim.empty_dict()), false)
end)

step('a job in a terminal', function()
  local job = start({ 'sh', '-c', 'test -t 0 && test -t 1 && stty size' },
                    { pty = true, width = 70, height = 20 })
  check(finish(job), 0)
  check(vim.g.out[tostring(job)], { '20 70\r', '' })
end)

step('system() and filters', function()
  check(vim.fn.system({ 'tr', 'a-z', 'A-Z' }, 'shout'), 'SHOUT')
  check(vim.v.shell_error, 0)
  check(vim.fn.systemlist('seq 3; exit 4'), { '1', '2', '3' })
  check(vim.v.shell_error, 4)
  vim.api.nvim_buf_set_lines(0, 0, -1, false, { 'c', 'a', 'b' })
  vim.cmd('silent %!sort')
  check(vim.api.nvim_buf_get_lines(0, 0, -1, false), { 'a', 'b', 'c' })
end)

step('another Neovim by RPC over its stdio', function()
  local job = vim.fn.jobstart({ vim.v.progpath, '--embed', '--headless', '-u',
    'NONE', '-i', 'NONE' }, { rpc = true })
  for i = 1, 50 do check(vim.fn.rpcrequest(job, 'nvim_eval', i .. ' * 2'), i * 2) end
  vim.fn.rpcrequest(job, 'nvim_exec_lua', 'vim.g.there = 1', {})
  vim.fn.jobstop(job)
  vim.fn.jobwait({ job }, 5000)
end)

local function talk(mode, address)
  local channel = vim.fn.sockconnect(mode, address, { rpc = true })
  assert(channel > 0)
  for i = 1, 20 do check(vim.fn.rpcrequest(channel, 'nvim_eval', i .. '+1'), i + 1) end
  vim.fn.chanclose(channel)
end

-- A server in another process: a request to ourselves would wait for ourselves.
step('socket channels: TCP and pipe', function()
  for mode, listen in pairs({ tcp = '127.0.0.1:0', pipe = work .. '/nvim.sock' }) do
    local path = work .. '/address.' .. mode
    local job = start({ vim.v.progpath, '--headless', '-u', 'NONE', '-i', 'NONE',
      '--cmd', ('let a = serverstart("%s")'):format(listen),
      '--cmd', ('call writefile([a], "%s.new")'):format(path),
      '--cmd', ('call rename("%s.new", "%s")'):format(path, path) })
    wait('the server', function() return uv.fs_stat(path) end)
    local address = vim.fn.readfile(path)[1]
    talk(mode, address)
    talk(mode, address)
    vim.fn.jobstop(job)
    finish(job)
  end
end)

step('a raw socket channel', function()
  local server = uv.new_tcp()
  server:bind('127.0.0.1', 0)
  server:listen(8, function()
    local client = uv.new_tcp()
    server:accept(client)
    client:read_start(function(_, data)
      if data then client:write(data:upper()) else client:close() end
    end)
  end)
  vim.cmd([[
    let g:raw = ''
    function! Raw(channel, data, event)
      let g:raw .= join(a:data, "\n")
    endfunction
    function! Connect(address)
      return sockconnect('tcp', a:address, {'on_data': function('Raw')})
    endfunction
  ]])
  local channel = vim.fn.Connect('127.0.0.1:' .. server:getsockname().port)
  vim.fn.chansend(channel, 'hello')
  wait('the echo', function() return vim.g.raw == 'HELLO' end)
  vim.fn.chanclose(channel)
  server:close()
end)

step('timers', function()
  vim.g.ticks = 0
  vim.cmd([[
    function! Tick(timer)
      let g:ticks += 1
    endfunction
    let g:timer = timer_start(5, function('Tick'), {'repeat': 10})
  ]])
  wait('ten ticks', function() return vim.g.ticks == 10 end)
  vim.wait(30)
  check(vim.g.ticks, 10)
  local order = {}
  vim.defer_fn(function() order[#order + 1] = 'late' end, 30)
  vim.defer_fn(function() order[#order + 1] = 'early' end, 5)
  vim.schedule(function() order[#order + 1] = 'now' end)
  wait('all three', function() return #order == 3 end)
  check(order, { 'now', 'early', 'late' })
  local begin = uv.hrtime()
  vim.cmd('sleep 50m')
  assert(uv.hrtime() - begin >= 49e6)
end)

step('watching files', function()
  local path = work .. '/watched'
  vim.fn.writefile({ 'one' }, path)
  local event, seen = uv.new_fs_event(), {}
  event:start(path, {}, function(err, name, events)
    assert(not err, err)
    seen[#seen + 1] = name
  end)
  vim.fn.writefile({ 'two' }, path, 'a')
  wait('the event', function() return #seen > 0 end)
  check(seen[1], 'watched')
  event:stop()
  event:close()
  local poll, size = uv.new_fs_poll(), nil
  poll:start(path, 20, function(err, _, now)
    assert(not err, err)
    size = now.size
  end)
  vim.wait(50)
  vim.fn.writefile({ 'three' }, path, 'a')
  wait('the new size', function() return size == 14 end)
  poll:stop()
  poll:close()
end)

step('a file changed outside is read again', function()
  local path = work .. '/outside'
  vim.fn.writefile({ 'before' }, path)
  vim.cmd('silent edit ' .. path)
  vim.o.autoread = true
  -- Another size, so that the time stamp need not differ.
  vim.fn.system('echo quite another text > ' .. path)
  vim.cmd('silent checktime')
  check(vim.api.nvim_buf_get_lines(0, 0, -1, false), { 'quite another text' })
  vim.cmd('silent write')
  check(vim.fn.readfile(path), { 'quite another text' })
end)

step('processes and threads by vim.loop', function()
  local out, pipe = '', uv.new_pipe()
  local code, handle
  handle = uv.spawn('sh', { args = { '-c', 'echo from spawn; exit 2' },
    stdio = { nil, pipe, nil } }, function(c) code = c handle:close() end)
  pipe:read_start(function(_, data)
    if data then out = out .. data else pipe:close() end
  end)
  wait('the process', function() return code and pipe:is_closing() end)
  check({ out, code }, { 'from spawn\n', 2 })
  local sum = 0
  local task = uv.new_work(function(n) return n * n end,
                           function(n) sum = sum + n end)
  for i = 1, 20 do task:queue(i) end
  wait('the squares', function() return sum == 20 * 21 * 41 / 6 end)
end)

-- Steps run from the main loop, not while the script is still being sourced.
vim.schedule(function()
  for _, one in ipairs(steps) do
    local passed, problem = xpcall(one[2], debug.traceback)
    if not passed then
      io.stderr:write('FAILED: ' .. one[1] .. ': ' .. tostring(problem) .. '\n')
      vim.cmd('cquit')
    end
    count = count + 1
    say('ok ' .. one[1])
  end
  say('done ' .. count)
  vim.cmd('qall!')
end)

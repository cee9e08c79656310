// The clone that the tests run in, and what Cargo has built of it.
using System;
using System.IO;

namespace Ytx.Tests;

internal static class Clone
{
    internal static string Root { get; } = Find();

    /// <summary>A program of the workspace.</summary>
    internal static string Built(string program)
    {
        string target = Environment.GetEnvironmentVariable("CARGO_TARGET_DIR") ?? Path.Combine(Root, "target");
        string built = Path.Combine(target, "debug", program);
        if (File.Exists(built)) return built;
        throw new FileNotFoundException($"there is no {built}: run `cargo build --workspace` first");
    }

    private static string Find()
    {
        // By a variable where the build's output lies elsewhere.
        string? folder = Environment.GetEnvironmentVariable("YTX_TEST_CLONE") ?? AppContext.BaseDirectory;
        while (folder != null && !File.Exists(Path.Combine(folder, "include", "ytx.h")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new FileNotFoundException("the tests do not run in a clone of libytx");
    }
}
